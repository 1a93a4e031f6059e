// Runs that must stay for those that were made of them, for the commands that delete.
#pragma once

#include <map>
#include <set>

#include "penstock/event/event_log.h"

namespace penstock {

/// A run that failed, or was canceled, and that was made of earlier ones: running it again takes
/// what they had given. They are needed until such a run succeeds, or has been over for the time
/// for which failed runs keep values.
class NeededRuns {
 public:
  NeededRuns(EventLog& log, Micros failed_ttl, Time now)
      : log_(log), failed_ttl_(failed_ttl), now_(now) {}

  /// Take in the next run, the newest first. One that goes needs nothing; reads the events of the
  /// others that need something.
  Status add(const RunRecord& run, bool stays);
  /// The newest run that needs this one; null for none.
  const RunId* needed_by(const RunId& run) const;
  /// All of them: the needed run, and who needs it.
  const std::map<RunId, RunId>& all() const { return needed_; }

 private:
  Status add_needs(const RunRecord& run);

  EventLog& log_;
  const Micros failed_ttl_;
  const Time now_;
  std::set<RunId> settled_;  // what was left of them has succeeded since
  std::map<RunId, RunId> needed_;
};

/// Call visit(run) -> Status for every run there is, the newest first.
template <class Visit>
Status each_run(EventLog& log, Visit visit) {
  constexpr std::size_t kPage = 1000;
  RunQuery query{.limit = kPage};
  for (bool has_more = true; has_more;) {
    auto runs = PENSTOCK_TRY(log.runs(query));
    has_more = runs.size() == kPage;
    if (has_more) query.before = runs.back().id;
    for (auto& run : runs) PENSTOCK_TRY(visit(run));
  }
  return {};
}

/// What all runs need but `deleted` ones.
Result<NeededRuns> find_needed_runs(EventLog& log, Micros failed_ttl, Time now,
                                    const std::set<RunId>& deleted);

}  // namespace penstock

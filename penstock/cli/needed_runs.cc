#include "penstock/cli/needed_runs.h"

#include "penstock/event/run_history.h"

namespace penstock {

Status NeededRuns::add(const RunRecord& run, bool stays) {
  const auto parent = RunId::parse(run.parent_run);
  if (run.parent_run.empty() || !parent.ok() || !is_final(run.status)) return {};
  if (run.status == RunStatus::Success || settled_.contains(run.id)) {
    settled_.insert(*parent);
    return {};
  }
  return stays && now_ - run.ended < failed_ttl_ ? add_needs(run) : Status();
}

/// Of those before it: each that ran a step that counts, and those by which that one is found.
Status NeededRuns::add_needs(const RunRecord& run) {
  const auto history = PENSTOCK_TRY(RunHistory::read(log_, run));
  std::set<RunId> used;
  for (const auto& [key, step] : history.steps())
    if (!step.superseded && is_finished(step.state)) used.insert(step.run);
  std::set<RunId> way;
  for (auto parent = run.parent_run; !parent.empty();) {
    const auto before = log_.find_run(parent);
    if (!before.ok() || !way.insert(before->id).second) break;
    if (used.contains(before->id))
      for (const auto& id : way) needed_.emplace(id, run.id);
    parent = before->parent_run;
  }
  return {};
}

const RunId* NeededRuns::needed_by(const RunId& run) const {
  const auto at = needed_.find(run);
  return at == needed_.end() ? nullptr : &at->second;
}

Result<NeededRuns> find_needed_runs(EventLog& log, Micros failed_ttl, Time now,
                                    const std::set<RunId>& deleted) {
  NeededRuns needed(log, failed_ttl, now);
  PENSTOCK_TRY(each_run(
      log, [&](const RunRecord& run) { return needed.add(run, !deleted.contains(run.id)); }));
  return needed;
}

}  // namespace penstock

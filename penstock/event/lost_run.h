// Ending a run from outside, when the process that ran it can no longer do so.
//
// The events that end it are appended in one call, so in one transaction: whoever comes second
// finds the run ended and all of its events refused. That makes it happen once, however many try.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "penstock/event/event_log.h"

namespace penstock {

/// What becomes of the steps of a lost run when another process goes on with it.
struct Restart {
  /// Attempts that steps begin with, by step key, as RunPlan::attempts.
  const std::unordered_map<std::string, std::int32_t>& attempts;
  std::set<std::string> isolated = {};  ///< keys of those that run in a process of their own now
};

/// What the log knows of a run whose process is gone.
class LostRun {
 public:
  explicit LostRun(RunRecord run) : run_(std::move(run)) {}
  /// Read the events of the run.
  static Result<LostRun> read(EventLog& log, RunRecord run);

  /// Take in the next event of the run.
  void apply(const Event& event);
  const RunRecord& run() const { return run_; }
  /// Keys of the steps that were running, with the attempt.
  const std::map<std::string, std::int32_t>& running() const { return running_; }
  /// The folders in which the run is known to have written files.
  const std::set<std::filesystem::path>& folders() const { return folders_; }

  /// The folder in which its process worked, where relative paths begin; empty: not recorded.
  const std::string& folder() const { return working_folder_; }
  /// How often in a row it was resumed without a step that succeeded since and never had before.
  std::int32_t resumed_in_vain() const { return resumed_in_vain_; }

  /// The end of the run as lost with its process: each running step fails with WORKER_LOST, each
  /// that was to be tried again is canceled, then the run fails. A run that was being canceled is
  /// canceled instead. `why` is added to what happened.
  std::vector<Event> end_as_lost(Time now, const std::string& why = {}) const;
  /// That another process goes on with the run: what `resumed` says of it is taken over.
  Event claim(Time now, RunResumed resumed) const;
  /// What becomes of its steps then: those that were running fail and are tried again, and so are
  /// those that had succeeded and run again all the same. To be told after claim_run().
  std::vector<Event> restart(Time now, const Restart& restart) const;
  /// The end of the run as canceled; mode as in RUN_CANCELING.
  std::vector<Event> end_as_canceled(Time now, const std::string& by,
                                     const std::string& mode = {}) const;
  /// What happened, for people: which process was lost and what it did last.
  std::string explanation() const;

 private:
  void begin_anew(const std::string& step);
  Event event(Time now, EventBody body) const;
  void cancel_retries(Time now, const std::string& by, std::vector<Event>& events) const;
  Event lost_step(Time now, const std::string& step, std::int32_t attempt) const;
  std::int64_t duration_us() const;

  RunRecord run_;
  std::map<std::string, std::int32_t> running_;
  std::map<std::string, std::int32_t> retrying_;  // next attempts
  std::unordered_map<std::string, bool> succeeded_;  // false: it has begun anew since
  std::vector<std::string> failed_;
  std::int32_t resumed_in_vain_ = 0;
  std::set<std::filesystem::path> folders_;
  std::string working_folder_;
  std::string last_type_, last_step_;
  Time last_time_{};
};

/// Append what LostRun::claim() gives, alone, and wait until it is durable. Conflict when another
/// process was first, or the run has ended: then nothing else may be written of it. No other events
/// may wait in the log.
Status claim_run(EventLog& log, Event claim);

/// Append the events that end a run and wait until they are durable. False, with nothing changed,
/// when the run has been ended by somebody else. No other events may wait in the log.
Result<bool> end_run(EventLog& log, std::vector<Event> events);

}  // namespace penstock

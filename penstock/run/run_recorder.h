// Records what happens in one run: tells whoever looks on, and the event log.
#pragma once

#include <mutex>
#include <vector>

#include "penstock/base/masker.h"
#include "penstock/event/event_log.h"
#include "penstock/run/execute_run.h"
#include "penstock/run/reactor.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// The way of one run's events. Everything it is given must outlive it.
class RunRecorder {
 public:
  RunRecorder(const RunPlan& plan, EventLog& log, const Clock& clock, const RunOptions& options);

  RunRecorder(const RunRecorder&) = delete;
  RunRecorder& operator=(const RunRecorder&) = delete;

  RunId run() const { return run_; }
  const Masker& masker() const { return masker_; }
  /// Where captured output goes, secrets masked.
  const LogOptions& logs() const { return logs_; }

  /// Tell events and have them logged, in this order. Calls must not overlap.
  void append(std::vector<Event> events);
  /// Tell an event that is not logged. No call may overlap with one of append().
  void show(Event event) const;
  /// False once the log could not be written.
  bool healthy() const { return log_.healthy(); }
  /// Wait until what was appended is durable. That an event was refused is told by the log once; it
  /// is not forgotten here. Thread-safe.
  Status sync();
  /// The last sync. Conflict means that somebody recorded the end of this run by force: what came
  /// later from here was refused, and the run is as they said, as the report then says.
  Status sync_end(RunReport& report);
  /// Conflict when the run was ended, or taken over by whoever has another fence. Thread-safe.
  Status check_own() const;

  /// An event of the run, now.
  Event event_of(EventBody body) const;
  /// An event of an attempt of a step, now.
  Event event_of(const StepTask& task, EventBody body) const;
  /// How the run begins with so many `jobs`.
  EventBody beginning(std::int32_t jobs) const;
  /// How it ended, and what this process took for it.
  EventBody ending(const RunReport& report, const Reactor& reactor) const;

 private:
  const RunPlan& plan_;
  EventLog& log_;
  const Clock& clock_;
  const RunOptions& options_;
  const RunId run_;
  const std::int64_t fence_;
  const Masker masker_;
  LogOptions logs_;
  std::mutex mutex_;
  Status sync_error_;  // that somebody was told before the end
};

}  // namespace penstock

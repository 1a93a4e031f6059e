// One run as a row: the fold of its events that every list of runs shows.
#pragma once

#include <cstdint>
#include <string>

#include "penstock/event/event.h"

namespace penstock {

/// Where a run is. Final: Success, Failure, Canceled.
///
///   STARTING ──> STARTED ──> SUCCESS | FAILURE
///       └────────────┴──> CANCELING ──> CANCELED
enum class RunStatus : std::uint8_t { Starting, Started, Canceling, Success, Failure, Canceled };
std::string_view to_string(RunStatus status);
/// The status of that name in any case, or Config with the names there are.
Result<RunStatus> parse_run_status(std::string_view name);
inline bool is_final(RunStatus status) { return status >= RunStatus::Success; }

/// Counts of steps by how they ended, and how many are known and running.
struct StepCounts {
  std::int64_t running = 0, succeeded = 0, failed = 0, upstream_failed = 0, skipped = 0,
               canceled = 0, retried = 0, reused = 0;
  std::int64_t ended() const {
    return succeeded + failed + upstream_failed + skipped + canceled + reused;
  }
  friend bool operator==(const StepCounts&, const StepCounts&) = default;
};

/// A run and how it stands.
struct RunRecord {
  RunId id;
  std::string job;
  RunStatus status = RunStatus::Starting;
  Tags tags;
  std::string config;  ///< resolved document, JSON
  std::string executor;
  std::string build_id;
  std::string parent_run;
  std::string root_run;
  std::int32_t pid = 0;
  std::string host;
  std::string process;  ///< process_birth() of the pid; empty: not recorded
  Time created{};
  Time ended{};     ///< epoch while it runs
  Micros duration;  ///< of a run that ended, as its last event says: by the monotonic clock
  StepCounts steps;
  std::int64_t checks_passed = 0, checks_warned = 0, checks_failed = 0;
  std::int64_t peak_rss = 0;
  std::string failure_class;  ///< user, infrastructure, timeout; empty: it did not fail
  std::string failure_reason;
  std::string error;       ///< first sentence to show
  std::int64_t fence = 0;  ///< counts the processes that went on with it
  bool resumes = false;    ///< another process goes on with it when its own is lost
  friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

/// Apply one event of the run. An event that may not happen in this state is Conflict and leaves
/// the record unchanged: it is a bug of whoever wrote it. Pure.
Status fold(RunRecord& record, const Event& event);
/// Refuses, as Conflict, an event of a process that is no longer the run's: another went on with
/// it. For logs, when an event is appended; what is stored has passed.
Status check_fence(const RunRecord& record, const Event& event);

}  // namespace penstock

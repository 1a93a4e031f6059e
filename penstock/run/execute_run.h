// Running a plan in this process: the way in for command line, testing kit and daemon.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "penstock/base/clock.h"
#include "penstock/event/event_log.h"
#include "penstock/event/value_store.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// Where steps run.
enum class ExecutorKind : std::uint8_t {
  Inline,  ///< one after another in the calling thread: for debuggers
  Threads  ///< worker threads that share this process
};
std::string_view to_string(ExecutorKind kind);
/// The executor of that name, or Config with the names there are.
Result<ExecutorKind> parse_executor(std::string_view name);

/// How a plan is run.
struct RunOptions {
  ExecutorKind executor = ExecutorKind::Threads;
  std::int32_t jobs = 0;        ///< steps at a time; 0: one per core
  std::uint64_t memory = 0;     ///< budget in bytes for reservations and held values; 0: none
  std::stop_token cancel = {};  ///< asks the run to stop
  /// Told every event when it happens, in order; called by one thread at a time and must be quick.
  std::function<void(const Event&)> observer = {};
  bool keep_values = false;   ///< keep every output for RunReport::values, as tests do
  std::uint64_t seed = 0;     ///< for the jitter of retries; 0: from the run id
  std::string build_id = {};  ///< identifies the program in the log
  ValueStore* values = nullptr;  ///< where values are kept for later runs; null: nowhere
};

/// How a run ended.
struct RunReport {
  RunId id;
  RunStatus status = RunStatus::Failure;
  StepCounts steps;
  std::vector<std::string> failed_steps;  ///< the first hundred
  Error error = {};                       ///< the first failure, when the run failed
  Micros duration{0};
  std::map<std::string, Value> values = {};  ///< with keep_values: step key, or `key.output`
};

/// Run a plan to its end and write everything that happens to the log. Returns when the end is
/// durable. Errors: the log cannot be written. Thread-safe: several runs may share log and clock.
Result<RunReport> execute_run(const RunPlan& plan, EventLog& log, const Clock& clock,
                              const RunOptions& options = {});

}  // namespace penstock

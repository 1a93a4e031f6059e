// Running a plan in this process: the way in for command line, testing kit and daemon.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "penstock/base/clock.h"
#include "penstock/event/event_log.h"
#include "penstock/event/value_store.h"
#include "penstock/plan/run_plan.h"
#include "penstock/run/logs/captured_stream.h"
#include "penstock/run/processes/process_options.h"
#include "penstock/run/processes/zygote.h"

namespace penstock {

/// A run that another process had begun, and that goes on in this one.
struct ResumedRun {
  RunId id = {};
  std::int64_t fence = 0;  ///< of this process
  bool started = false;     ///< the log has its RUN_START
  Time created{};
  std::vector<Event> events = {};  ///< from LostRun::restart(), once claim_run() was done
};

/// How a plan is run.
struct RunOptions {
  ExecutorKind executor = ExecutorKind::Threads;
  std::int32_t jobs = 0;        ///< steps at a time; 0: one per core
  std::uint64_t memory = 0;     ///< budget in bytes for reservations and held values; 0: none
  std::stop_token cancel = {};  ///< asks the run to stop
  /// Told every event when it happens, in order; called by one thread at a time and must be quick.
  std::function<void(const Event&)> observer = {};
  bool keep_values = false;      ///< keep every output for RunReport::values, as tests do
  std::uint64_t seed = 0;        ///< for the jitter of retries; 0: from the run id
  std::string build_id = {};     ///< identifies the program in the log
  ValueStore* values = nullptr;  ///< where values are kept for later runs; null: nowhere
  LogOptions logs = {};          ///< without a home, what steps print is not kept
  ProcessOptions processes = {};
  /// The zygote of this plan, forked before the log was opened. Without one, a run that needs it
  /// forks it when it begins: with the threads and the memory that there are by then.
  std::shared_ptr<const Zygote> zygote = {};
  std::optional<DispatchOrder> order = {};  ///< nothing: the job's
  /// Where checkpoints and scratch folders of steps lie; empty: among temporary files.
  std::filesystem::path home = {};
  std::optional<ResumedRun> resume = {};  ///< go on with this run, which was claimed
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

// Runs one attempt of a step in this process: arguments, the user's function, what it tells.
#pragma once

#include <filesystem>
#include <stop_token>

#include "penstock/base/clock.h"
#include "penstock/run/logs/output_sink.h"
#include "penstock/run/resource_pool.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// What a running step tells the engine. Thread-safe.
class StepPorts {
 public:
  virtual ~StepPorts() = default;
  /// Write an event of the step; its envelope is filled in already.
  virtual void record(Event event) = 0;
  /// Show progress to whoever watches, without writing it to the log.
  virtual void show(Event event) = 0;
  /// Hand on one item of a dynamic output.
  virtual Status yield(const StepTask& task, std::uint32_t port, std::string key, Value value) = 0;
  /// The step waits for a process or thread that the system does not give now, for the reason that
  /// is named; until go() its time does not count.
  virtual void hold(const StepTask&, const std::string&) {}
  virtual void go(const StepTask&) {}
};

/// What every step of a run shares.
struct StepEnvironment {
  const RunPlan& plan;
  RunId run;
  const Clock& clock;
  ResourcePool& resources;
  StepPorts& ports;
  std::filesystem::path home = {};  ///< where checkpoints and scratch folders lie: see StepFolder
};

/// Run an attempt to its end. Whatever the user's function does short of ending the process comes
/// back as a result. What it writes to the streams of its context goes to `output`.
StepResult run_step(const StepEnvironment& environment, StepTask& task, OutputSink& output,
                    std::stop_token stop);

/// Take over what a Failure or a RetryRequested adds to its error, whichever code of the user gave
/// it. It is lost when the error leaves its process.
void read_extra(StepResult& result);

/// Summarize the outputs of an attempt that succeeded. One that cannot be fails the attempt.
void summarize_outputs(const OpDef& op, StepResult& result);

}  // namespace penstock

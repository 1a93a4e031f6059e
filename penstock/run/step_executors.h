// The executors of one run: which step runs where.
#pragma once

#include <memory>

#include "penstock/plan/check_executors.h"
#include "penstock/run/hook_runner.h"
#include "penstock/run/processes/process_executor.h"
#include "penstock/run/resource_pool.h"
#include "penstock/run/step_executor.h"
#include "penstock/run/step_runner.h"

namespace penstock {

/// Runs attempts in the thread that calls, with the resources of this process.
class LocalExecutor final : public StepExecutor {
 public:
  LocalExecutor(const RunPlan& plan, RunId run, const LogOptions& logs, const WorkerPorts& ports);
  StepResult run(StepTask& task, std::stop_token stop) override;
  void close() override { resources_.close(); }
  /// Call the hooks of a step, wherever it ran.
  void call_hooks(const HookTask& task) { run_hooks(environment_, task); }

 private:
  const LogOptions& logs_;
  ResourcePool resources_;
  StepEnvironment environment_;
  ProcessOutput uncaptured_;
};

/// Gives each attempt to the executor that its step is to run on.
class StepExecutors final : public StepExecutor {
 public:
  /// Without a zygote, no step may need a process of its own. Everything must outlive it.
  StepExecutors(const RunPlan& plan, RunId run, ExecutorKind kind, const Zygote* zygote,
                const ProcessOptions& options, const LogOptions& logs, WorkerPorts ports);
  StepResult run(StepTask& task, std::stop_token stop) override;
  void close() override;
  /// Call the hooks of a step in this process.
  void call_hooks(const HookTask& task) { local_.call_hooks(task); }

 private:
  const RunPlan& plan_;
  const ExecutorKind kind_;
  LocalExecutor local_;
  std::unique_ptr<ProcessExecutor> processes_;
};

}  // namespace penstock

#include "penstock/run/step_executors.h"

#include "penstock/run/logs/attempt_logs.h"

namespace penstock {

LocalExecutor::LocalExecutor(const RunPlan& plan, RunId run, const LogOptions& logs,
                             const WorkerPorts& ports)
    : logs_(logs),
      resources_(plan, ports.clock, ports.record_run),
      environment_{plan, run, ports.clock, resources_, ports.steps, ports.home} {}

StepResult LocalExecutor::run(StepTask& task, std::stop_token stop) {
  if (logs_.home.empty()) return run_step(environment_, task, uncaptured_, std::move(stop));
  AttemptLogs output(logs_, environment_.run, task.key, task.attempt);
  auto result = run_step(environment_, task, output, std::move(stop));
  output.close([&](LogLevel level, EventBody body) {
    environment_.ports.record({0, environment_.clock.now(), environment_.run, task.key,
                               task.attempt, level, 0, std::move(body)});
  });
  return result;
}

StepExecutors::StepExecutors(const RunPlan& plan, RunId run, ExecutorKind kind,
                             const Zygote* zygote, const ProcessOptions& options,
                             const LogOptions& logs, WorkerPorts ports)
    : plan_(plan), kind_(kind), local_(plan, run, logs, ports) {
  if (zygote != nullptr)
    processes_ = std::make_unique<ProcessExecutor>(*zygote, run, options, logs, std::move(ports));
}

StepResult StepExecutors::run(StepTask& task, std::stop_token stop) {
  const auto kind = executor_of(plan_.steps[task.ref.step], kind_);
  if (kind == ExecutorKind::Processes) return processes_->run(task, std::move(stop));
  return local_.run(task, std::move(stop));
}

void StepExecutors::close() {
  if (processes_) processes_->close();
  local_.close();
}

}  // namespace penstock

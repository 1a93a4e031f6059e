#include "penstock/run/processes/process_executor.h"

#include <algorithm>

#include "penstock/base/shortage.h"
#include "penstock/run/logs/attempt_logs.h"

namespace penstock {
namespace {

/// A zygote that dies again and again is killed by something that will not end.
constexpr std::size_t kMostReplacements = 3;

}  // namespace

ProcessExecutor::ProcessExecutor(const Zygote& zygote, RunId run, const ProcessOptions& options,
                                 const LogOptions& logs, WorkerPorts ports)
    : plan_(zygote.plan()),
      run_(run),
      options_(options),
      logs_(logs),
      ports_(std::move(ports)),
      zygote_(&zygote) {}

StepResult ProcessExecutor::run(StepTask& task, std::stop_token stop) {
  const auto limit = memory_limit(task);
  if (!limit.ok()) {
    StepResult failed;
    failed.status = limit.error();
    return failed;
  }
  auto worker = take_worker(task, stop);
  if (!worker.ok()) {
    StepResult lost;
    lost.status = std::move(worker).error();
    if (lost.status.error().code == ErrorCode::Canceled) return lost;
    lost.death = ProcessDeath{"infrastructure", "WORKER_LOST"};
    return lost;
  }
  AttemptLogs output(logs_, run_, task.key, task.attempt);
  auto result = (*worker)->run(task, std::move(stop), *limit, ports_, output);
  output.close([&](LogLevel level, EventBody body) { record(task, level, std::move(body)); });
  give_back(std::move(*worker));
  return result;
}

/// A worker that waits, or a new one.
Result<std::unique_ptr<Worker>> ProcessExecutor::take_worker(const StepTask& task,
                                                             const std::stop_token& stop) {
  if (auto waiting = take_idle()) return waiting;
  const auto asked = ports_.clock.instant();
  auto worker = start_worker();
  if (!worker.ok() && is_shortage(worker.error())) {
    ports_.steps.hold(task, worker.error().message);
    worker = wait_for_worker(stop);
    ports_.steps.go(task);
  }
  if (worker.ok() && (*worker)->served() == 0)
    record(task, LogLevel::Info,
           StepWorkerStarted{(*worker)->pid(), ports_.clock.elapsed_since(asked).count()});
  return worker;
}

/// One that another step has done with, or a new one, when the system gives it: whichever is first.
Result<std::unique_ptr<Worker>> ProcessExecutor::wait_for_worker(const std::stop_token& stop) {
  for (Pauses pauses; !stop.stop_requested();) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, pauses.next(), [&] { return !idle_.empty(); });
    }
    if (auto waiting = take_idle()) return waiting;
    auto worker = start_worker();
    if (worker.ok() || !is_shortage(worker.error())) return worker;
  }
  return make_error(ErrorCode::Canceled, "canceled before it began");
}

Result<std::unique_ptr<Worker>> ProcessExecutor::start_worker() {
  const Zygote* zygote = nullptr;
  for (;;) {
    zygote = PENSTOCK_TRY(zygote_instead_of(zygote));
    auto worker = Worker::start(*zygote, run_, options_, ports_.home, !logs_.home.empty());
    if (worker.ok() || worker.error().code != ErrorCode::WorkerLost) return worker;
  }
}

Result<const Zygote*> ProcessExecutor::zygote_instead_of(const Zygote* lost) {
  const std::lock_guard lock(mutex_);
  if (lost != zygote_) return zygote_;
  if (replacements_.size() == kMostReplacements)
    return make_error(ErrorCode::WorkerLost,
                      "the process that starts worker processes has ended, and so have those that "
                      "took its place; start the run again");
  replacements_.push_back(PENSTOCK_TRY(Zygote::fork_for(plan_)));
  zygote_ = replacements_.back().get();
  return zygote_;
}

void ProcessExecutor::record(const StepTask& task, LogLevel level, EventBody body) const {
  ports_.steps.record(
      {0, ports_.clock.now(), run_, task.key, task.attempt, level, 0, std::move(body)});
}

std::unique_ptr<Worker> ProcessExecutor::take_idle() {
  const std::lock_guard lock(mutex_);
  while (!idle_.empty()) {
    auto worker = std::move(idle_.back());
    idle_.pop_back();
    if (worker->alive()) return worker;  // one that died while it had nothing to do is let go
  }
  return nullptr;
}

void ProcessExecutor::give_back(std::unique_ptr<Worker> worker) {
  if (options_.recycle_after > 0 && worker->served() >= options_.recycle_after)
    return worker->quit(ports_);
  if (!worker->alive()) return;
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(worker));
  changed_.notify_one();
}

/// What was raised, since it was not enough; else what was set for the run; else what the op says
/// that it needs at most.
Result<std::uint64_t> ProcessExecutor::memory_limit(const StepTask& task) const {
  if (task.memory > 0) return std::max(task.memory, 2 * options_.step_memory);
  if (options_.step_memory > 0) return options_.step_memory;
  const auto& estimate = plan_.steps[task.ref.step].memory;
  if (!estimate) return std::uint64_t(0);
  std::vector<Value> inputs;
  for (const auto& input : task.inputs) inputs.push_back(input.gather ? Value() : input.parts[0]);
  auto bytes = estimate(inputs);
  if (!bytes.ok()) return std::move(bytes).error().within("its memory estimate");
  return bytes;
}

void ProcessExecutor::close() {
  for (auto& worker : idle_) worker->quit(ports_);
  idle_.clear();
}

}  // namespace penstock

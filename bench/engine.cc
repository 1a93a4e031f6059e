// What the engine itself costs, in one process, without a command line:
//   bench_engine memory|durable chain|fan|dynamic STEPS [WORKERS]
//   bench_engine reactor|inline chain|fan|dynamic STEPS
//   bench_engine processes|cold|holding chain|fan|dynamic STEPS [WORKERS]
// memory and durable run the job on worker threads and write its events to a log in memory or to a
// new one in SQLite in the current folder; inline runs it in this thread on a log in memory;
// processes runs each step in a worker process, cold in a new one for each step, holding does that
// while this process holds 1 GiB; reactor asks the reactor alone, which is the cost of scheduling.
// The number of steps that ended is checked before anything is printed: microseconds a step, and
// the peak of memory, as "name value unit".
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/noop_jobs.h"
#include "penstock/plan/run_plan.h"
#include "penstock/run/execute_run.h"
#include "penstock/run/reactor.h"
#include "penstock/store/memory_log.h"
#include "penstock/store/sqlite/sqlite_log.h"

namespace {

using namespace penstock;
using Stopwatch = std::chrono::steady_clock;

double micros_since(Stopwatch::time_point start) {
  return std::chrono::duration<double, std::micro>(Stopwatch::now() - start).count();
}

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "bench_engine: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result, const char* what) {
  if (!result.ok()) die(std::string(what) + ": " + result.error().to_string());
  return std::move(*result);
}

/// What is asked for on the command line.
struct Request {
  std::string mode, shape;
  int steps = 0, workers = 2;
};

/// A result that did what it should: how long, and how many steps that were.
struct Measured {
  double us = 0;
  std::int64_t steps = 0;
};

Definitions definitions(const Request& request) {
  DefinitionsBuilder defs;
  if (request.shape == "chain")
    bench::add_chain(defs, "job", request.steps);
  else if (request.shape == "fan")
    bench::add_fan(defs, "job", request.steps);
  else if (request.shape == "dynamic")
    bench::add_dynamic(defs, "job", request.steps - 1);
  else
    die("no shape named " + request.shape + "; expected chain, fan or dynamic");
  return must(defs.build(), "definitions");
}

std::unique_ptr<EventLog> open_log(const Request& request) {
  if (request.mode != "durable") return std::make_unique<MemoryLog>();
  return must(SqliteLog::open("engine-home"), "log");
}

ExecutorKind executor_of(const Request& request) {
  if (request.mode == "inline") return ExecutorKind::Inline;
  if (request.mode == "memory" || request.mode == "durable") return ExecutorKind::Threads;
  return ExecutorKind::Processes;
}

Measured run_job(const Request& request, const RunPlan& plan) {
  const auto log = open_log(request);
  const SystemClock clock;
  RunOptions options;
  options.executor = executor_of(request);
  options.jobs = request.workers;
  if (request.mode == "cold" || request.mode == "holding") options.processes.recycle_after = 1;
  if (options.executor == ExecutorKind::Processes)
    options.zygote = must(Zygote::fork_for(plan), "zygote");
  const std::string held(request.mode == "holding" ? std::size_t(1) << 30 : 0, 'x');
  const auto begin = Stopwatch::now();
  const auto report = must(execute_run(plan, *log, clock, options), "run");
  const double us = micros_since(begin);
  if (report.status != RunStatus::Success) die("the run failed: " + report.error.to_string());
  return {us, report.steps.succeeded};
}

/// How a step of ours would end; the items of a dynamic output are not in its result.
StepResult result_of(const StepTask& task, const PlannedStep& step) {
  StepResult result;
  result.metadata.resize(1);
  if (step.op->outputs.at(0).dynamic)
    result.outputs.resize(1);
  else if (step.path == "one")
    result.outputs = {task.inputs.at(0).parts.at(0)};
  else
    result.outputs = {Value::make<Nothing>({})};
  return result;
}

void yield_items(Reactor& reactor, const StepTask& task, int items, Moment now, Actions& actions) {
  for (int i = 0; i < items; ++i) {
    auto taken =
        reactor.on_yield(task.ref, 0, "p" + std::to_string(i), Value::make<int>(i), now, actions);
    if (!taken.ok()) die("the reactor refused an item: " + taken.error().to_string());
  }
}

Measured run_reactor(const Request& request, const RunPlan& plan) {
  const SystemClock clock;
  const auto now = clock.moment();
  Reactor reactor(plan, RunId::make(now.time),
                  {.admission = {.slots = request.workers}, .seed = 1});
  std::vector<StepTask> running;
  std::size_t events = 0;
  Actions actions;
  const auto take = [&] {
    events += actions.events.size();
    for (auto& task : actions.start) running.push_back(std::move(task));
    actions.clear();
  };
  const auto begin = Stopwatch::now();
  reactor.start(now, actions);
  for (take(); !running.empty(); take()) {
    const StepTask task = std::move(running.back());
    running.pop_back();
    const auto& step = plan.steps[task.ref.step];
    if (step.path == "parts") yield_items(reactor, task, request.steps - 1, now, actions);
    reactor.on_ended(task.ref, task.attempt, result_of(task, step), now, actions);
  }
  const double us = micros_since(begin);
  if (reactor.status() == RunStatus::Failure || !reactor.finished() || events == 0)
    die("the reactor did not come to its end");
  return {us, reactor.counts().succeeded};
}

/// The most memory that this program held; getrusage would count its parent's before exec.
double peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atof(line.c_str() + 6) * 1.024e-3;
  return 0;
}

Request read(int argc, char** argv) {
  if (argc < 4)
    die("usage: bench_engine memory|durable|inline|processes|cold|holding|reactor "
        "chain|fan|dynamic STEPS [WORKERS]");
  Request request{argv[1], argv[2], std::atoi(argv[3])};
  if (argc > 4) request.workers = std::atoi(argv[4]);
  if (request.steps < 2 || request.workers < 1) die("expected at least two steps and a worker");
  return request;
}

}  // namespace

int main(int argc, char** argv) {
  const Request request = read(argc, argv);
  auto begin = Stopwatch::now();
  const auto defs = definitions(request);
  const double declare_us = micros_since(begin);
  begin = Stopwatch::now();
  const auto plan = must(plan_run(defs, {"job"}), "plan");
  const double plan_us = micros_since(begin);
  const auto done = request.mode == "reactor" ? run_reactor(request, plan) : run_job(request, plan);
  if (done.steps != request.steps)
    die(std::to_string(done.steps) + " steps succeeded, expected " + std::to_string(request.steps));
  std::printf("declare %.3f us/step\n", declare_us / request.steps);
  std::printf("plan %.3f us/step\n", plan_us / request.steps);
  std::printf("run %.3f us/step\n", done.us / request.steps);
  std::printf("peak %.1f MB\n", peak_mb());
  return 0;
}

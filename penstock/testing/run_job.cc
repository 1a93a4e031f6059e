#include "penstock/testing/run_job.h"

#include <algorithm>
#include <memory>

#include "penstock/base/text.h"
#include "penstock/model/config_document.h"
#include "penstock/store/memory_log.h"
#include "penstock/store/sqlite/sqlite_log.h"
#include "penstock/testing/ephemeral_folder.h"

namespace penstock::testing {
namespace {

Result<TestRun> run_on(const RunPlan& plan, EventLog& log, const TestOptions& options) {
  TestRun run;
  const FakeClock own;
  RunOptions how;
  how.executor = options.executor;
  how.jobs = options.jobs;
  how.memory = options.memory;
  how.cancel = options.cancel;
  how.values = options.values;
  how.processes = options.processes;
  how.logs = options.logs;
  how.home = options.home;
  how.keep_values = true;
  how.seed = 1;
  how.observer = [&](const Event& event) { run.events.push_back(event); };
  run.report = PENSTOCK_TRY(execute_run(plan, log, options.clock ? *options.clock : own, how));
  return run;
}

}  // namespace

std::vector<std::string> TestRun::events_of(std::initializer_list<std::string_view> types) const {
  std::vector<std::string> texts;
  for (const auto& event : events) {
    const auto type = event_type(event);
    if (std::ranges::find(types, type) == types.end()) continue;
    texts.push_back(std::string(type) + (event.step.empty() ? "" : " " + event.step));
  }
  return texts;
}

const TestOptions& test_defaults() {
  static const TestOptions defaults;
  return defaults;
}

Result<TestRun> run_job(const Definitions& definitions, std::string job, std::string_view config,
                        const TestOptions& options) {
  auto document = parse_config(config, "config");
  if (!document.ok()) return config_error(document.problems);
  RunRequest request;
  request.job = std::move(job);
  request.config = std::move(document.value);
  request.tags = options.tags;
  request.keep = options.keep;
  request.pools = options.pools;
  auto plan = PENSTOCK_TRY(plan_run(definitions, request, options.environment));
  PENSTOCK_TRY(options.given.apply(plan));
  if (options.history) return run_on(plan, *options.history, options);
  if (options.log == TestLog::Disk) {
    const EphemeralFolder home;
    const auto log = PENSTOCK_TRY(SqliteLog::open(home.path()));
    return run_on(plan, *log, options);
  }
  MemoryLog log;
  return run_on(plan, log, options);
}

Result<TestRun> run_plan(const RunPlan& plan, const TestOptions& options) {
  MemoryLog log;
  return run_on(plan, log, options);
}

TestRun must_run_job(const Definitions& definitions, std::string job, std::string_view config,
                     const TestOptions& options) {
  auto run = run_job(definitions, job, config, options);
  if (!run.ok()) throw RunFailed("job " + quote(job) + ": " + run.error().to_string());
  if (!run->succeeded())
    throw RunFailed("job " + quote(job) + " ended as " +
                    std::string(to_string(run->report.status)) + ": " +
                    run->report.error.to_string());
  return std::move(*run);
}

}  // namespace penstock::testing

#include "penstock/testing/run_job.h"

#include <algorithm>

#include "penstock/model/config_document.h"
#include "penstock/store/memory_log.h"
#include "penstock/testing/fake_clock.h"

namespace penstock::testing {

std::vector<std::string> TestRun::events_of(std::initializer_list<std::string_view> types) const {
  std::vector<std::string> texts;
  for (const auto& event : events) {
    const auto type = event_type(event);
    if (std::ranges::find(types, type) == types.end()) continue;
    texts.push_back(std::string(type) + (event.step.empty() ? "" : " " + event.step));
  }
  return texts;
}

Result<TestRun> run_job(const Definitions& definitions, std::string job, std::string_view config,
                        const TestOptions& options) {
  RunRequest request;
  request.job = std::move(job);
  auto document = parse_config(config, "config");
  if (!document.ok()) return config_error(document.problems);
  request.config = std::move(document.value);
  request.keep = options.keep;
  const auto plan = PENSTOCK_TRY(plan_run(definitions, request));

  TestRun run;
  MemoryLog log;
  const FakeClock fake;
  const Clock& clock = options.clock != nullptr ? *options.clock : fake;
  RunOptions how;
  how.executor = options.executor;
  how.jobs = options.jobs;
  how.memory = options.memory;
  how.cancel = options.cancel;
  how.values = options.values;
  how.processes = options.processes;
  how.logs = options.logs;
  how.keep_values = true;
  how.seed = 1;
  how.observer = [&](const Event& event) { run.events.push_back(event); };
  run.report = PENSTOCK_TRY(execute_run(plan, log, clock, how));
  return run;
}

}  // namespace penstock::testing

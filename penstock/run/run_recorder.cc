#include "penstock/run/run_recorder.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "penstock/base/json_text.h"
#include "penstock/base/process.h"
#include "penstock/event/outgoing_event.h"
#include "penstock/model/config_document.h"

namespace penstock {
namespace {

Micros process_cpu_time(const rusage& usage) {
  const auto of = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + Micros(t.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

std::string working_folder() {
  std::error_code ignored;
  return std::filesystem::current_path(ignored).string();
}

}  // namespace

RunRecorder::RunRecorder(const RunPlan& plan, EventLog& log, const Clock& clock,
                         const RunOptions& options)
    : plan_(plan),
      log_(log),
      clock_(clock),
      options_(options),
      run_(options.resume ? options.resume->id : RunId::make(clock.now())),
      fence_(options.resume ? options.resume->fence : std::int64_t(0)),
      masker_(plan.secrets),
      logs_(options.logs) {
  if (!masker_.empty()) logs_.masker = &masker_;
}

void RunRecorder::append(std::vector<Event> events) {
  if (events.empty()) return;
  events = outgoing_events(std::move(events), masker_);
  for (auto& event : events) event.fence = fence_;
  if (options_.observer)
    for (const auto& event : events) options_.observer(event);
  log_.append(std::move(events));
}

void RunRecorder::show(Event event) const {
  if (!options_.observer) return;
  for (const auto& shown : outgoing_events({std::move(event)}, masker_)) options_.observer(shown);
}

Status RunRecorder::sync() {
  auto durable = log_.sync();
  if (durable.ok()) return durable;
  const std::lock_guard lock(mutex_);
  if (sync_error_.ok()) sync_error_ = durable;
  return durable;
}

Status RunRecorder::sync_end(RunReport& report) {
  auto status = sync();
  if (status.ok()) status = std::move(sync_error_);
  if (status.ok() || status.error().code != ErrorCode::Conflict) return status;
  const auto stored = PENSTOCK_TRY(log_.find_run(run_.to_string()));
  if (!is_final(stored.status)) return status;
  report.status = stored.status;
  report.error = status.error();
  return {};
}

Status RunRecorder::check_own() const {
  const auto known = PENSTOCK_TRY(log_.find_run(run_.to_string()));
  if (known.fence == fence_ && !is_final(known.status)) return {};
  return make_error(ErrorCode::Conflict, "the run was ended or taken over by another process");
}

Event RunRecorder::event_of(EventBody body) const {
  Event event;
  event.time = clock_.now();
  event.run = run_;
  if (body.is<RunFailure, ResourceInitFailure>()) event.level = LogLevel::Error;
  event.body = std::move(body);
  return event;
}

Event RunRecorder::event_of(const StepTask& task, EventBody body) const {
  auto event = event_of(std::move(body));
  event.step = task.key;
  event.attempt = task.attempt;
  return event;
}

EventBody RunRecorder::beginning(std::int32_t jobs) const {
  RunStarting body;
  body.job = plan_.job;
  body.config = json_to_text(to_stored_json(plan_.config));
  body.tags = plan_.tags;
  body.executor = to_string(options_.executor);
  body.jobs = jobs;
  body.memory = std::int64_t(options_.memory);
  body.plan = plan_json(plan_);
  body.build_id = options_.build_id;
  body.parent_run = plan_.parent_run;
  body.root_run = plan_.root_run.empty() ? run_.to_string() : plan_.root_run;
  body.strategy = plan_.strategy;
  body.selection = plan_.selection;
  body.on_worker_loss = plan_.on_worker_loss;
  if (plan_.keep) body.keep = to_string(*plan_.keep);
  body.pid = ::getpid();
  body.host = host_name();
  body.process = process_birth(body.pid).value_or("");
  body.folder = working_folder();
  body.max_runtime_us = plan_.max_runtime.count();
  return body;
}

EventBody RunRecorder::ending(const RunReport& report, const Reactor& reactor) const {
  const auto took = report.duration.count();
  if (report.status == RunStatus::Canceled) return RunCanceled{reactor.interrupted(), took};
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto cpu = process_cpu_time(usage).count();
  const std::int64_t rss = std::int64_t(usage.ru_maxrss) * 1024;
  if (report.status == RunStatus::Success)
    return RunSuccess{took, cpu, rss, reactor.dropped_failures()};
  const auto& kind = reactor.failure_kind();
  return RunFailure{std::string(kind.failure_class),
                    std::string(kind.reason),
                    report.failed_steps,
                    report.steps.failed,
                    report.error,
                    took,
                    cpu,
                    rss};
}

}  // namespace penstock

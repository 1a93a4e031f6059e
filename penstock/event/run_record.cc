#include "penstock/event/run_record.h"

#include <algorithm>
#include <array>
#include <optional>

#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/event/event_codec.h"

namespace penstock {
namespace {

constexpr std::array<std::string_view, 6> kStatusNames = {"STARTING", "STARTED", "CANCELING",
                                                          "SUCCESS",  "FAILURE", "CANCELED"};
constexpr std::size_t kErrorLength = 500;

std::string first_line(std::string text) {
  text.resize(std::min(text.find('\n'), utf8_border(text, kErrorLength)));
  return text;
}

// One handler per event: says why the event may not happen now, or applies it and returns null.
// The checks come first, so that a refused event changes nothing.
class Folder {
 public:
  using Refusal = const char*;

  Folder(RunRecord& record, const Event& event) : record_(record), event_(event) {}

  Refusal operator()(const RunStarting& body) {
    if (!record_.id.empty()) return "the run exists already";
    record_.id = event_.run;
    record_.job = body.job;
    record_.tags = body.tags;
    record_.config = body.config;
    record_.executor = body.executor;
    record_.build_id = body.build_id;
    record_.parent_run = body.parent_run;
    record_.root_run = body.root_run;
    record_.resumes = body.on_worker_loss == "resume";
    record_.pid = body.pid;
    record_.host = body.host;
    record_.process = body.process;
    record_.created = event_.time;
    return nullptr;
  }
  Refusal operator()(const RunResumed& body) {
    if (record_.status == RunStatus::Canceling) return "the run is being canceled";
    if (body.fence <= record_.fence) return "another process goes on with it already";
    record_.fence = body.fence;
    record_.pid = body.pid;
    record_.host = body.host;
    record_.process = body.process;
    return nullptr;
  }
  Refusal operator()(const RunStart&) {
    if (record_.status != RunStatus::Starting) return "only a STARTING run can start";
    record_.status = RunStatus::Started;
    return nullptr;
  }
  Refusal operator()(const RunSuccess& body) {
    if (record_.status != RunStatus::Started) return "only a STARTED run can succeed";
    if (record_.steps.failed > body.dropped) return "a step of the run has failed";
    end(RunStatus::Success, body.duration_us);
    record_.peak_rss = body.peak_rss;
    return nullptr;
  }
  Refusal operator()(const RunFailure& body) {
    end(RunStatus::Failure, body.duration_us);
    record_.peak_rss = body.peak_rss;
    record_.failure_class = body.failure_class;
    record_.failure_reason = body.reason;
    record_.error = first_line(body.error.to_string());
    return nullptr;
  }
  Refusal operator()(const RunCanceling&) {
    if (record_.status == RunStatus::Canceling) return "the run is being canceled already";
    record_.status = RunStatus::Canceling;
    return nullptr;
  }
  Refusal operator()(const RunCanceled& body) {
    if (record_.status != RunStatus::Canceling) return "nobody asked the run to stop";
    end(RunStatus::Canceled, body.duration_us);
    return nullptr;
  }

  // While canceling, too: a worker may have begun before the news reached it.
  Refusal operator()(const StepStart&) {
    if (record_.status == RunStatus::Starting) return "the run has not started";
    ++record_.steps.running;
    return nullptr;
  }
  Refusal operator()(const StepReused&) {
    if (record_.status == RunStatus::Starting) return "the run has not started";
    return count(record_.steps.reused);
  }
  Refusal operator()(const StepSuccess&) { return end_running(record_.steps.succeeded); }
  Refusal operator()(const StepFailure&) { return end_running(record_.steps.failed); }
  Refusal operator()(const StepUpForRetry& body) {
    auto& before = body.succeeded ? record_.steps.succeeded : record_.steps.failed;
    if (before == 0) return body.succeeded ? "no step has succeeded" : "no step has failed";
    --before;
    ++record_.steps.retried;
    return nullptr;
  }
  Refusal operator()(const StepSkipped& body) {
    return body.started ? end_running(record_.steps.skipped) : count(record_.steps.skipped);
  }
  Refusal operator()(const StepCanceled& body) {
    return body.started ? end_running(record_.steps.canceled) : count(record_.steps.canceled);
  }
  Refusal operator()(const StepUpstreamFailed&) { return count(record_.steps.upstream_failed); }

  Refusal operator()(const AssetCheckEvaluation& body) {
    return count(body.passed               ? record_.checks_passed
                 : body.severity == "WARN" ? record_.checks_warned
                                           : record_.checks_failed);
  }

  template <class Body>
  Refusal operator()(const Body&) {
    return nullptr;
  }

 private:
  Refusal count(std::int64_t& counter) {
    ++counter;
    return nullptr;
  }
  Refusal end_running(std::int64_t& counter) {
    if (record_.steps.running == 0) return "no step is running";
    --record_.steps.running;
    return count(counter);
  }
  void end(RunStatus status, std::int64_t duration_us) {
    record_.status = status;
    record_.ended = event_.time;
    record_.duration = std::max(Micros(duration_us), Micros());
    record_.steps.running = 0;
  }

  RunRecord& record_;
  const Event& event_;
};

// Messages may come at any time, stored values are deleted after the run, and types of later
// versions cannot be judged.
bool is_always_legal(const EventBody& body) {
  return body.is<LogMessage, EngineEvent, IntermediateDeleted, UnknownEvent>();
}

Error refusal(const RunRecord& record, const Event& event, std::string_view why) {
  std::string text = "run " + event.run.to_string() + " refuses " + std::string(event_type(event));
  if (!event.step.empty()) text += " of step " + quote(event.step);
  text += " while ";
  text += record.id.empty() ? "it does not exist" : to_string(record.status);
  return make_error(ErrorCode::Conflict, text + ": " + std::string(why), "illegal_event");
}

}  // namespace

std::string_view to_string(RunStatus status) { return kStatusNames[std::size_t(status)]; }

Result<RunStatus> parse_run_status(std::string_view name) {
  const auto upper = to_upper(name);
  for (std::size_t i = 0; i < kStatusNames.size(); ++i)
    if (kStatusNames[i] == upper) return RunStatus(i);
  const std::vector<std::string> names(kStatusNames.begin(), kStatusNames.end());
  const auto near = closest_name(name, names);
  return make_error(ErrorCode::Config, quote(name) + " is not a run status; " +
                                           (near ? "did you mean " + *near + "?"
                                                 : "expected one of " + join(names, ", ")));
}

Status fold(RunRecord& record, const Event& event) {
  if (is_always_legal(event.body)) return {};
  if (record.id.empty() && !event.body.is<RunStarting>())
    return refusal(record, event, "its first event must be RUN_STARTING");
  if (is_final(record.status)) return refusal(record, event, "the run has ended");
  const char* why = event.body.visit(Folder(record, event));
  if (why != nullptr) return refusal(record, event, why);
  return {};
}

Status check_fence(const RunRecord& record, const Event& event) {
  if (event.fence >= record.fence || event.body.is<IntermediateDeleted>()) return {};
  return refusal(record, event, "another process goes on with the run");
}

}  // namespace penstock

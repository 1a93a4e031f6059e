#include "penstock/view/step_views.h"

#include <algorithm>
#include <array>

namespace penstock {
namespace {

constexpr std::size_t kMostOutputs = 100;
constexpr std::array<std::string_view, 8> kStatusNames = {"RUNNING",  "RETRYING",        "SUCCESS",
                                                          "FAILURE",  "UPSTREAM_FAILED", "SKIPPED",
                                                          "CANCELED", "REUSED"};

bool is_about_a_step(const EventBody& body) {
  return body.is<StepStart, StepOutput, StepSuccess, StepFailure, StepUpForRetry, StepReused,
                 StepSkipped, StepUpstreamFailed, StepCanceled>();
}

}  // namespace

std::string_view to_string(StepStatus status) { return kStatusNames[std::size_t(status)]; }

struct StepViews::Applier {
  StepView& step;
  const Event& event;

  void operator()(const StepStart&) {
    step.status = StepStatus::Running;
    step.attempts = std::max(step.attempts, event.attempt + 1);
    step.started = event.time;
    // Only what the last attempt handed on counts.
    step.outputs.clear();
    step.output_count = 0;
  }
  void operator()(const StepOutput& body) {
    ++step.output_count;
    if (step.outputs.size() >= kMostOutputs) return;
    step.outputs.push_back({body.output.empty() ? "result" : body.output, body.mapping_key,
                            body.value_type, body.bytes, body.metadata});
  }
  void operator()(const StepSuccess& body) {
    end(StepStatus::Success, body.duration_us, body.cpu_us);
  }
  void operator()(const StepFailure& body) {
    end(StepStatus::Failure, body.duration_us, body.cpu_us);
    step.attempts = std::max(step.attempts, event.attempt + 1);
    step.errors.push_back({event.attempt, body.error});
  }
  void operator()(const StepUpForRetry& body) {
    step.status = StepStatus::Retrying;
    step.reason = body.reason;
  }
  void operator()(const StepReused& body) {
    step.status = StepStatus::Reused;
    step.reason = "of run " + body.run;
  }
  void operator()(const StepSkipped& body) {
    step.status = StepStatus::Skipped;
    step.reason = body.reason;
  }
  void operator()(const StepUpstreamFailed& body) {
    step.status = StepStatus::UpstreamFailed;
    step.reason = body.reason.empty() ? body.step + " failed" : body.reason;
  }
  void operator()(const StepCanceled&) { step.status = StepStatus::Canceled; }
  template <class Body>
  void operator()(const Body&) {}

  void end(StepStatus status, std::int64_t duration_us, std::int64_t cpu_us) {
    step.status = status;
    step.reason.clear();
    step.duration = Micros(duration_us);
    step.cpu = Micros(cpu_us);
  }
};

void StepViews::apply(const Event& event) {
  if (event.step.empty() || !is_about_a_step(event.body)) return;
  const auto [found, is_new] = index_.try_emplace(event.step, steps_.size());
  if (is_new) steps_.push_back({.step = event.step});
  event.body.visit(Applier{steps_[found->second], event});
}

}  // namespace penstock

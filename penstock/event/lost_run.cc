#include "penstock/event/lost_run.h"

#include <algorithm>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

constexpr std::size_t kNamedSteps = 100;

std::string counted_steps(std::size_t count) {
  return format_count(count) + (count == 1 ? " step was" : " steps were") + " running";
}

}  // namespace

Result<LostRun> LostRun::read(EventLog& log, RunRecord run) {
  LostRun lost(std::move(run));
  PENSTOCK_TRY(log.read({.run = lost.run_.id}, [&](const Event& event) {
    lost.apply(event);
    return true;
  }));
  return lost;
}

void LostRun::apply(const Event& event) {
  last_type_ = event_type(event);
  last_step_ = event.step;
  last_time_ = event.time;
  if (const auto* starting = event.body.get_if<RunStarting>()) {
    working_folder_ = starting->folder;
  } else if (event.body.is<RunResumed>()) {
    ++resumed_in_vain_;
  } else if (event.body.is<StepStart>()) {
    running_[event.step] = event.attempt;
    retrying_.erase(event.step);
    begin_anew(event.step);
  } else if (event.body.is<StepSuccess>()) {
    running_.erase(event.step);
    const auto [known, is_first] = succeeded_.try_emplace(event.step);
    known->second = true;
    if (is_first) resumed_in_vain_ = 0;
  } else if (event.body.is<StepFailure>()) {
    running_.erase(event.step);
    failed_.push_back(event.step);
  } else if (const auto* retry = event.body.get_if<StepUpForRetry>()) {
    std::erase(failed_, event.step);
    retrying_[event.step] = retry->next_attempt;
    begin_anew(event.step);
  } else if (event.body.is<StepSkipped, StepCanceled, StepUpstreamFailed, StepReused>()) {
    running_.erase(event.step);
    retrying_.erase(event.step);
  } else if (const auto* made = event.body.get_if<AssetMaterialization>()) {
    if (!made->path.empty())
      folders_.insert((std::filesystem::path(working_folder_) / made->path).parent_path());
  } else if (const auto* handled = event.body.get_if<HandledOutput>()) {
    if (!handled->staged.empty())
      folders_.insert((std::filesystem::path(working_folder_) / handled->object).parent_path());
  }
}

void LostRun::begin_anew(const std::string& step) {
  if (const auto known = succeeded_.find(step); known != succeeded_.end()) known->second = false;
}

std::string LostRun::explanation() const {
  std::string text = "process " + std::to_string(run_.pid) + " on " + run_.host +
                     " ended before the run did; " + counted_steps(running_.size()) +
                     "; last came " + last_type_;
  if (!last_step_.empty()) text += " of step " + quote(last_step_);
  return text + " at " + to_rfc3339(last_time_);
}

Event LostRun::event(Time now, EventBody body) const {
  Event event;
  event.time = now;
  event.run = run_.id;
  event.fence = run_.fence;
  event.level = LogLevel::Error;
  event.body = std::move(body);
  return event;
}

/// What the wall clock says: the process that knew more has ended.
std::int64_t LostRun::duration_us() const {
  return std::max(last_time_ - run_.created, Micros()).count();
}

Event LostRun::lost_step(Time now, const std::string& step, std::int32_t attempt) const {
  StepFailure failure{
      .error = make_error(ErrorCode::WorkerLost, "the process of the run ended while the step ran",
                          "WORKER_LOST"),
      .failure_class = "infrastructure",
      .reason = "WORKER_LOST"};
  auto lost = event(now, std::move(failure));
  lost.step = step;
  lost.attempt = attempt;
  return lost;
}

Event LostRun::claim(Time now, RunResumed resumed) const {
  resumed.old_fence = run_.fence;
  resumed.fence = saturating_add<std::int64_t>(resumed.old_fence, 1);
  resumed.restarted = static_cast<std::int64_t>(running_.size());
  auto claim = event(now, resumed);
  claim.level = LogLevel::Warning;
  claim.fence = resumed.fence;
  return claim;
}

std::vector<Event> LostRun::restart(Time now, const Restart& restart) const {
  std::vector<Event> events;
  const auto again = [&](const std::string& step, StepUpForRetry body) {
    auto& added = events.emplace_back(event(now, body));
    added.step = step;
    added.attempt = body.next_attempt;
  };
  for (const auto& [step, attempt] : running_) {
    events.push_back(lost_step(now, step, attempt));
    again(step, {.next_attempt = saturating_add(attempt, 1),
                 .reason = restart.isolated.contains(step)
                               ? "another process goes on with the run, and the step has a process "
                                 "of its own now: it may have ended the one before"
                               : "another process goes on with the run"});
  }
  for (const auto& [step, attempt] : restart.attempts)
    if (const auto known = succeeded_.find(step); known != succeeded_.end() && known->second)
      again(step, {.next_attempt = attempt,
                   .reason = "another process goes on with the run, and what it gave was not kept",
                   .succeeded = true});
  for (auto& each : events) {
    each.level = LogLevel::Warning;
    each.fence = saturating_add<std::int64_t>(run_.fence, 1);
  }
  return events;
}

/// Steps that were to be tried again are not: each has an end.
void LostRun::cancel_retries(Time now, const std::string& by, std::vector<Event>& events) const {
  for (const auto& [step, attempt] : retrying_) {
    auto& added = events.emplace_back(event(now, StepCanceled{by, false}));
    added.step = step;
    added.attempt = attempt;
    added.level = LogLevel::Warning;
  }
}

std::vector<Event> LostRun::end_as_lost(Time now, const std::string& why) const {
  if (run_.status == RunStatus::Canceling) return end_as_canceled(now, "");
  std::vector<Event> events;
  auto failed = failed_;
  for (const auto& [step, attempt] : running_) {
    events.push_back(lost_step(now, step, attempt));
    failed.push_back(step);
  }
  cancel_retries(now, "loss of the process of the run", events);
  RunFailure end{
      .failure_class = "infrastructure",
      .reason = "WORKER_LOST",
      .failed_count = static_cast<std::int64_t>(failed.size()),
      .error = make_error(ErrorCode::WorkerLost, explanation() + (why.empty() ? "" : "; " + why),
                          "WORKER_LOST"),
      .duration_us = duration_us()};
  failed.resize(std::min(failed.size(), kNamedSteps));
  end.failed_steps = std::move(failed);
  events.push_back(event(now, std::move(end)));
  return events;
}

std::vector<Event> LostRun::end_as_canceled(Time now, const std::string& by,
                                            const std::string& mode) const {
  std::vector<Event> events;
  if (run_.status != RunStatus::Canceling) events.push_back(event(now, RunCanceling{by, mode}));
  for (const auto& [step, attempt] : running_) {
    auto& added = events.emplace_back(event(now, StepCanceled{by, true}));
    added.step = step;
    added.attempt = attempt;
  }
  cancel_retries(now, by, events);
  events.push_back(
      event(now, RunCanceled{static_cast<std::int64_t>(running_.size()), duration_us()}));
  for (auto& each : events) each.level = LogLevel::Warning;
  return events;
}

Status claim_run(EventLog& log, Event claim) {
  log.append({std::move(claim)});
  return log.sync();
}

Result<bool> end_run(EventLog& log, std::vector<Event> events) {
  log.append(std::move(events));
  const auto status = log.sync();
  if (status.ok()) return true;
  if (status.error().code == ErrorCode::Conflict) return false;
  return status.error();
}

}  // namespace penstock

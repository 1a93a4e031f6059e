#include "penstock/run/reactor.h"

#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/run/stored_source.h"

namespace penstock {

namespace {
// Stands for the whole run where a timer names its step.
constexpr StepRef kRunTimer{UINT32_MAX, 0};

AdmissionLimits with_pools(AdmissionLimits limits, const RunPlan& plan) {
  limits.pools.clear();
  for (const auto& pool : plan.pools) limits.pools.push_back(pool.limit);
  return limits;
}

}  // namespace

Reactor::Reactor(const RunPlan& plan, RunId run, RunLimits limits, StepCosts costs)
    : plan_(plan),
      run_(run),
      limits_(limits),
      slots_(plan),
      random_(limits.seed),
      costs_(std::move(costs)),
      admission_(with_pools(std::move(limits.admission), plan)),
      unended_(plan.unended),
      sides_(plan.scopes.size()) {}

void Reactor::begin(Moment now, Actions& actions) {
  now_ = now;
  actions_ = &actions;
}

void Reactor::start(Moment now, Actions& actions) {
  begin(now, actions);
  started_ = now.instant;
  set_limit(plan_.max_runtime, kRunTimer, 0);
  for (const auto& [key, why] : plan_.failed) {
    note_failure(key, make_error(ErrorCode::UserFailure, why));
    note_kind({});
    ++known_failures_;
  }
  slots_.add_copy(0, 0, {}, {});
  open_copy(0, 0);
  settle();
}

void Reactor::on_ended(StepRef ref, std::int32_t attempt, StepResult result, Moment now,
                       Actions& actions) {
  begin(now, actions);
  auto& slot = slots_.slot(ref);
  if (running_at(ref) == nullptr || slot.attempt != attempt) return;
  if (plan_.steps[ref.step].unit >= 0) {
    unit_member_ended(ref, std::move(result));
    return settle();
  }
  const auto ended = take_back(ref);
  admission_.release(ref);
  judge(ref, result);
  if (slots_.is_discarded(plan_.steps[ref.step].scope, ref.copy)) {
    end_discarded(ref);
  } else if (result.status.ok()) {
    succeed(ended, std::move(result));
  } else if (status_ == RunStatus::Canceling) {
    end_canceled(ref, canceled_by_, true, LogLevel::Warning);
  } else {
    fail(ended, std::move(result));
  }
  settle();
}

const Reactor::Running* Reactor::running_at(StepRef ref) const {
  const auto found = std::ranges::find(running_, ref, &Running::ref);
  return found == running_.end() ? nullptr : &*found;
}

/// An attempt runs no more, however it ended. What it claimed is released by the caller.
Reactor::Running Reactor::take_back(StepRef ref) {
  const auto at = std::ranges::find(running_, ref, &Running::ref);
  auto ended = *at;
  running_.erase(at);
  stop_waiting(ref);
  may_exceed_.erase(ref);
  held_.erase(ref);
  --counts_.running;
  return ended;
}

/// Have on_timer() called at a time limit. One that no clock reaches needs no timer.
void Reactor::set_limit(Micros limit, StepRef ref, std::int32_t attempt) {
  const auto at = now_.instant + limit;
  if (limit.count() > 0 && at < Instant::max()) actions_->timers.push_back({at, ref, attempt});
}

/// Whether a running step has passed its time limit.
bool Reactor::is_late(StepRef ref, Moment now) const {
  const auto limit = plan_.steps[ref.step].timeout;
  return timed_out_.contains(ref) ||
         (limit.count() > 0 && elapsed(slots_.slot(ref).since, now.instant) > limit);
}

/// After the time limit of a step, neither its success nor its wish to be skipped counts.
void Reactor::judge(StepRef ref, StepResult& result) {
  if (!is_late(ref, now_)) return;
  timed_out_.insert(ref);
  if (result.status.ok() || result.status.error().code == ErrorCode::Skipped)
    result.status = make_error(ErrorCode::Timeout, "it ended too late");
}

Status Reactor::check_counts(StepRef ref, std::int32_t attempt, Moment now) const {
  const auto& slot = slots_.slot(ref);
  if (slot.state != StepState::Running || slot.attempt != attempt)
    return make_error(ErrorCode::Canceled, "another attempt goes on instead");
  if (slots_.is_discarded(plan_.steps[ref.step].scope, ref.copy))
    return make_error(ErrorCode::Canceled, "its item is not wanted any more");
  if (is_late(ref, now))
    return make_error(ErrorCode::Timeout, "it ended too late");
  return {};
}

void Reactor::on_go(StepRef ref, Moment now, Actions& actions) {
  begin(now, actions);
  auto& slot = slots_.slot(ref);
  if (held_.erase(ref) == 0 || slot.state != StepState::Running) return;
  slot.since = now.instant;
  set_limit(plan_.steps[ref.step].timeout, ref, slot.attempt);
}

void Reactor::on_timer(StepRef ref, std::int32_t attempt, Moment now, Actions& actions) {
  begin(now, actions);
  if (ref == kRunTimer) return settle();
  auto& slot = slots_.slot(ref);
  if (slot.attempt != attempt || status_ == RunStatus::Canceling) return;
  if (slot.state == StepState::RetryWait) {
    retry_now(ref);
    settle();
  } else if (running_at(ref) != nullptr && !held_.contains(ref) &&
             elapsed(slot.since, now.instant) >= plan_.steps[ref.step].timeout) {
    // Not one that ended and waits for its unit. A step in a thread ends when its op returns,
    // which may be never: it is reported now.
    if (timed_out_.insert(ref).second)
      emit(ref,
           EngineEvent{fmt::format("it passed its time limit of {} and was asked to stop; it has "
                                   "not ended yet",
                                   format_duration(plan_.steps[ref.step].timeout))},
           LogLevel::Warning);
    actions.cancel.push_back(ref);
  }
}

void Reactor::on_cancel(std::string by, Moment now, Actions& actions) {
  begin(now, actions);
  if (finished_ || status_ == RunStatus::Canceling) return;
  stop_run(std::move(by));
  settle();
}

void Reactor::stop_run(std::string by) {
  status_ = RunStatus::Canceling;
  canceled_by_ = std::move(by);
  emit(RunCanceling{canceled_by_, {}}, LogLevel::Warning);
  for (const auto& running : running_) actions_->cancel.push_back(running.ref);
  cancel_waiting(false);
}

/// Whoever keeps the timers may be late, or run a step at that time.
void Reactor::stop_if_too_late() {
  const auto limit = plan_.max_runtime;
  if (limit.count() <= 0 || status_ != RunStatus::Started || open_steps_ == 0) return;
  if (now_.instant < started_ + limit) return;
  is_out_of_time_ = true;
  first_error_ = make_error(
      ErrorCode::Timeout,
      fmt::format("stopped after its time limit of {}; raise max_runtime if it needs longer",
                  format_duration(limit)));
  failure_kind_ = {"timeout", "MAX_RUNTIME"};
  stop_run("max_runtime");
}

void Reactor::succeed(const Running& ended, StepResult result) {
  const auto ref = ended.ref;
  const auto& op = *plan_.steps[ref.step].op;
  auto& slot = slots_.slot(ref);
  if (auto combined = check_reduced(ref); !combined.ok()) {
    result.status = std::move(combined);
    return fail(ended, std::move(result));
  }
  const auto first_event = actions_->events.size();
  for (std::uint32_t port = 0; port < op.outputs.size(); ++port) {
    const auto& output = op.outputs[port];
    auto facts = port < result.metadata.size() ? std::move(result.metadata[port]) : Metadata();
    if (output.dynamic) {
      settle_manifest(ref, port);
      emit_complete(ref, port, std::move(facts));
    } else if (output.stream) {
      StepOutput event;
      if (output.name != "result") event.output = output.name;
      event.value_type = "stream of " + output.type->name;
      event.metadata = std::move(facts);
      emit(ref, std::move(event));
    } else if (result.outputs[port] && (!output.nothing || !output.required || !facts.empty())) {
      auto all = port < result.summaries.size() ? std::move(result.summaries[port]) : Metadata();
      std::ranges::move(facts, std::back_inserter(all));
      emit_output(ref, output, result.outputs[port], std::move(all));
    }
  }
  auto bytes_out = ended.bytes_out;
  for (const auto& output : result.outputs) bytes_out += output.bytes();
  Ending ending{.event = StepSuccess{.duration_us = elapsed(slot.since, now_.instant).count(),
                                     .cpu_us = result.cpu.count(),
                                     .peak_rss = result.peak_rss,
                                     .bytes_in = std::int64_t(ended.bytes_in),
                                     .bytes_out = std::int64_t(bytes_out)}};
  if (!plan_.steps[ref.step].hooks.empty()) ending.facts = facts_of(first_event);
  end(ref, std::move(ending));
  hold_outputs(ref, std::move(result.outputs));
}

void Reactor::fail(const Running& ended, StepResult result) {
  const auto ref = ended.ref;
  const auto& error = result.status.error();
  if (error.code == ErrorCode::Skipped)
    return end(ref, {StepState::Skipped, StepSkipped{error.message, true}});
  const auto wish = std::move(result.retry);
  auto failure = failure_of(ref, std::move(result));
  auto retry = retry_with_more(ended, failure);
  if (!retry) retry = retry_of(ref, failure, wish);
  fail_or_retry(ref, std::move(failure), std::move(retry));
}

/// What the log says of an attempt that failed.
StepFailure Reactor::failure_of(StepRef ref, StepResult result) {
  const auto& error = result.status.error();
  auto kind = kind_of(error, result.from_op);
  StepFailure failure{.error = error,
                      .duration_us = elapsed(slots_.slot(ref).since, now_.instant).count(),
                      .cpu_us = result.cpu.count(),
                      .metadata = std::move(result.failure_metadata),
                      .peak_rss = result.peak_rss};
  for (auto& facts : result.metadata)
    for (auto& fact : facts) failure.metadata.push_back(std::move(fact));
  if (result.death) {
    kind = {result.death->failure_class, result.death->reason};
    failure.exit_code = std::max(result.death->exit_code, 0);
    failure.signal = result.death->signal;
  }
  if (error.kind == kStoredValueLost) kind.failure_class = "infrastructure";
  if (timed_out_.erase(ref) > 0) {
    kind = {"timeout", "MAX_RUNTIME"};
    failure.error.code = ErrorCode::Timeout;
    std::move(failure.error)
        .within(fmt::format("stopped after its time limit of {}",
                            format_duration(plan_.steps[ref.step].timeout)));
  }
  failure.failure_class = kind.failure_class;
  failure.reason = kind.reason;
  return failure;
}

void Reactor::fail_or_retry(StepRef ref, StepFailure failure, std::optional<Retry> retry) {
  if (!retry) return end_failed(ref, std::move(failure));
  emit(ref, std::move(failure), LogLevel::Error);
  try_again(ref, *std::move(retry));
}

void Reactor::end_failed(StepRef ref, StepFailure failure) {
  Ending ending{.state = StepState::Failed, .level = LogLevel::Error};
  ending.kind = {failure.failure_class, failure.reason};
  ending.facts.error = failure.error;
  ending.facts.metadata = failure.metadata;
  ending.event = std::move(failure);
  end(ref, std::move(ending));
}

void Reactor::note_failure(const std::string& key, Error error) {
  ++counts_.failed;
  if (failed_steps_.size() < 100) failed_steps_.push_back(key);
  if (counts_.failed == 1) first_error_ = std::move(error).within("step " + key);
}

void Reactor::settle() {
  drain();
  stop_if_too_late();
  if (status_ == RunStatus::Canceling) return settle_stop();
  admit();
  if (!hooking_.empty()) return;
  while (open_steps_ > 0 && !waiting_.empty() && waiting_.size() == running_.size() &&
         retries_waiting_ == 0)
    lift_a_bound();
  if (open_steps_ > 0) {
    PENSTOCK_CHECK(!running_.empty() || retries_waiting_ > 0,
                   "steps wait and nothing runs: the run is stuck");
    return;
  }
  if (finished_) return;
  finish(nothing_failed() ? RunStatus::Success : RunStatus::Failure);
}

/// Of a resumed run, steps of items that did not come once more end with it.
void Reactor::finish(RunStatus status) {
  const std::string by = status_ == RunStatus::Canceling
                             ? canceled_by_
                             : "the end of the run, in which its item was not given any more";
  for (const auto& [key, attempt] : unended_) {
    emit(StepCanceled{by, false});
    actions_->events.back().step = key;
    actions_->events.back().attempt = attempt;
    ++counts_.canceled;
  }
  unended_.clear();
  status_ = status;
  finished_ = true;
}

/// A run that stops has ended when nothing runs any more; every step of it ends.
void Reactor::settle_stop() {
  drain();
  if (finished_ || !running_.empty() || !hooking_.empty()) return;
  cancel_waiting(true);
  drain();
  PENSTOCK_CHECK(open_steps_ == 0, "a run ended before its steps");
  finish(is_out_of_time_ ? RunStatus::Failure : RunStatus::Canceled);
}

void Reactor::emit(EventBody body, LogLevel level) {
  Event event;
  event.time = now_.time;
  event.run = run_;
  event.level = level;
  event.body = std::move(body);
  actions_->events.push_back(std::move(event));
}

void Reactor::emit(StepRef ref, EventBody body, LogLevel level) {
  emit(std::move(body), level);
  actions_->events.back().step = slots_.key(ref);
  actions_->events.back().attempt = slots_.slot(ref).attempt;
}

void Reactor::emit_output(StepRef ref, const OutputDef& output, const Value& value,
                          Metadata metadata, std::string mapping_key) {
  StepOutput event;
  if (output.name != "result") event.output = output.name;
  event.mapping_key = std::move(mapping_key);
  event.value_type = value.type()->name;
  event.bytes = std::int64_t(value.bytes());
  event.metadata = std::move(metadata);
  emit(ref, std::move(event));
}

std::map<std::string, Value> Reactor::values() const {
  std::map<std::string, Value> values;
  for (std::uint32_t step = 0; step < plan_.steps.size(); ++step)
    for (std::uint32_t copy = 0; copy < slots_.copies(step); ++copy) {
      const StepRef ref{step, copy};
      const auto& slot = slots_.slot(ref);
      const auto& outputs = plan_.steps[step].op->outputs;
      for (std::size_t port = 0; slot.outputs && port < outputs.size(); ++port)
        if (slot.outputs[port].value && StoredSource::of(slot.outputs[port].value) == nullptr)
          values[slots_.key(ref) + (outputs.size() > 1 ? "." + outputs[port].name : "")] =
              slot.outputs[port].value;
    }
  return values;
}

}  // namespace penstock

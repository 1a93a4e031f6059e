// What follows the end of an attempt: another attempt, or the hooks of its step.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/run/reactor.h"

namespace penstock {

namespace {
constexpr std::int32_t kMostAttempts = INT32_MAX - 1;  // messages count attempts from 1
}  // namespace

bool Reactor::retry(StepRef ref, const StepFailure& failure, const RetryWish& wish) {
  const auto& policy = plan_.steps[ref.step].retry;
  const auto attempt = slots_.slot(ref).attempt;
  const auto most = std::min(wish.max_retries.value_or(policy.max_retries), kMostAttempts);
  if (!failure.error.allow_retries || attempt >= most) return false;
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  try_again(ref, wish.delay.value_or(retry_delay(policy, attempt + 1, random)),
            failure.error.message);
  return true;
}

/// A step that was killed for want of memory is tried once more, whatever its policy says: with a
/// larger reservation where that fits the budget, else alone.
bool Reactor::retry_with_more(const Running& ended, const StepFailure& failure) {
  if (failure.reason != "OOM_KILLED" || raised_.contains(ended.ref)) return false;
  if (slots_.slot(ended.ref).attempt >= kMostAttempts) return false;
  const auto budget = limits_.admission.memory;
  auto claims = ended.claims;
  claims.memory = std::max(saturating_add(claims.memory, claims.memory),
                           std::uint64_t(failure.peak_rss) * 3 / 2);
  claims.alone = budget == 0 || claims.memory > budget;
  if (budget != 0) claims.memory = std::min(claims.memory, budget);
  raised_[ended.ref] = claims;
  const auto how =
      claims.alone ? std::string("alone") : "with " + format_bytes(claims.memory) + " reserved";
  try_again(ended.ref, Micros(0), "it was killed for want of memory; once more " + how,
            claims.memory);
  return true;
}

void Reactor::try_again(StepRef ref, Micros delay, std::string reason, std::uint64_t memory) {
  auto& slot = slots_.slot(ref);
  ++slot.attempt;
  emit(ref, StepUpForRetry{slot.attempt, delay.count(), std::move(reason), std::int64_t(memory)},
       LogLevel::Warning);
  ++counts_.retried;
  for (std::uint32_t port = 0; port < plan_.steps[ref.step].op->outputs.size(); ++port)
    if (const auto scope = slots_.scope_of({ref.step, port}); scope != 0) {
      slots_.group(scope, ref.copy).again.clear();
      reduce_late(scope, ref.copy);
    }
  slot.state = StepState::RetryWait;
  ++retries_waiting_;
  actions_->timers.push_back({now_.instant + delay, ref, slot.attempt});
}

/// The run's kind: a user's mistake goes before a time limit, that before what trying again mends.
void Reactor::note_kind(const FailureKind& kind) {
  const auto rank = [](std::string_view failure_class) {
    return failure_class == "user" ? 2 : failure_class == "timeout" ? 1 : 0;
  };
  const auto reason = kind.failure_class == "infrastructure" ? kind.reason : "STEP_FAILURE";
  if (counts_.failed == 1 || rank(kind.failure_class) > rank(failure_kind_.failure_class))
    failure_kind_ = {kind.failure_class, reason};
}

void Reactor::call_hooks(const Running& ended, HookDef::When when, HookFacts facts) {
  HookTask task;
  for (const auto& hook : plan_.steps[ended.ref.step].hooks)
    if (hook.def->when == when) task.hooks.push_back(&hook);
  if (task.hooks.empty()) return;
  const auto ref = ended.ref;
  const auto& step = plan_.steps[ref.step];
  const auto& slot = slots_.slot(ref);
  task.ref = ref;
  task.facts = std::move(facts);
  task.facts.step = {run_.to_string(), plan_.job,
                     slots_.key(ref),  slots_.map_keys(step.scope, ref.copy),
                     step.tags,        slot.attempt};
  task.facts.duration = elapsed(slot.since, now_.instant);
  const Claims claims{ended.claims.slots, 0, false};
  admission_.take(claims);
  hooking_[ref] = claims;
  actions_->hooks.push_back(std::move(task));
}

/// What the events of a success, from `first_event` on, tell of the outputs.
HookFacts Reactor::facts_of(std::size_t first_event) const {
  HookFacts facts;
  const auto name = [](const std::string& output) { return output.empty() ? "result" : output; };
  for (auto i = first_event; i < actions_->events.size(); ++i) {
    const auto& body = actions_->events[i].body;
    if (const auto* output = body.get_if<StepOutput>())
      facts.outputs.push_back({name(output->output), output->value_type,
                               std::uint64_t(output->bytes), 0, output->metadata});
    if (const auto* items = body.get_if<DynamicComplete>())
      facts.outputs.push_back({name(items->output), "", 0, items->count, items->metadata});
  }
  return facts;
}

void Reactor::on_hooks_ended(StepRef ref, Moment now, Actions& actions) {
  begin(now, actions);
  const auto hooking = hooking_.find(ref);
  PENSTOCK_CHECK(hooking != hooking_.end(), "hooks ended that were not called");
  admission_.release(hooking->second);
  hooking_.erase(hooking);
  settle();
}

}  // namespace penstock

// What follows the end of an attempt: another attempt, or the hooks of its step.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/run/reactor.h"

namespace penstock {

namespace {
constexpr std::int32_t kMostAttempts = INT32_MAX - 1;  // messages count attempts from 1
}  // namespace

std::optional<Reactor::Retry> Reactor::retry_of(StepRef ref, const StepFailure& failure,
                                                const RetryWish& wish) {
  const auto& policy = plan_.steps[ref.step].retry;
  const auto attempt = slots_.slot(ref).attempt;
  const auto most = std::min(wish.max_retries.value_or(policy.max_retries), kMostAttempts);
  if (!failure.error.allow_retries || attempt >= most) return {};
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  return Retry{wish.delay.value_or(retry_delay(policy, attempt + 1, random)),
               failure.error.message};
}

/// A step that was killed for want of memory is tried once more, whatever its policy says: with a
/// larger reservation where that fits the budget, else alone.
std::optional<Reactor::Retry> Reactor::retry_with_more(const Running& ended,
                                                       const StepFailure& failure) {
  if (failure.reason != "OOM_KILLED" || raised_.contains(ended.ref)) return {};
  if (slots_.slot(ended.ref).attempt >= kMostAttempts) return {};
  const auto budget = limits_.admission.memory;
  auto claims = ended.claims;
  claims.memory = std::max(saturating_add(claims.memory, claims.memory),
                           std::uint64_t(failure.peak_rss) * 3 / 2);
  claims.alone = budget == 0 || claims.memory > budget;
  if (budget != 0) claims.memory = std::min(claims.memory, budget);
  raised_[ended.ref] = claims;
  const auto how =
      claims.alone ? std::string("alone") : "with " + format_bytes(claims.memory) + " reserved";
  return Retry{Micros(0), "it was killed for want of memory; once more " + how, claims.memory};
}

void Reactor::try_again(StepRef ref, Retry retry) {
  auto& slot = slots_.slot(ref);
  ++slot.attempt;
  emit(ref,
       StepUpForRetry{slot.attempt, retry.delay.count(), std::move(retry.reason),
                      std::int64_t(retry.memory)},
       LogLevel::Warning);
  ++counts_.retried;
  for (std::uint32_t port = 0; port < plan_.steps[ref.step].op->outputs.size(); ++port)
    if (const auto scope = slots_.scope_of({ref.step, port}); scope != 0) {
      slots_.group(scope, ref.copy).again.clear();
      reduce_late(scope, ref.copy);
    }
  slot.state = StepState::RetryWait;
  ++retries_waiting_;
  if (retry.has_timer) actions_->timers.push_back({now_.instant + retry.delay, ref, slot.attempt});
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

void Reactor::call_hooks(StepRef ref, HookDef::When when, HookFacts facts) {
  HookTask task;
  const auto& step = plan_.steps[ref.step];
  for (const auto& hook : step.hooks)
    if (hook.def->when == when) task.hooks.push_back(&hook);
  if (task.hooks.empty()) return;
  const auto& slot = slots_.slot(ref);
  task.ref = ref;
  task.facts = std::move(facts);
  task.facts.step = {run_.to_string(), plan_.job,
                     slots_.key(ref),  slots_.map_keys(step.scope, ref.copy),
                     step.tags,        slot.attempt};
  task.facts.duration = elapsed(slot.since, now_.instant);
  auto rank = rank_of(ref);
  rank.ref = ref;
  admission_.take(rank, {std::min<std::int64_t>(step.cpu, limits_.admission.slots), 0, false});
  hooking_.insert(ref);
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
  PENSTOCK_CHECK(hooking_.erase(ref) > 0, "hooks ended that were not called");
  admission_.release(ref);
  settle();
}

}  // namespace penstock

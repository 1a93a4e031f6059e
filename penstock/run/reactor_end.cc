// The one way in which a step ends, whatever ends it: its result, its inputs, an earlier run, a
// discarded item, or the end of the run.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"
#include "penstock/run/reactor.h"

namespace penstock {

/// End a step: log it, count it, give back what it waits for, call its hooks, and let the steps
/// after it know. No other function sets a final state.
void Reactor::end(StepRef ref, Ending ending) {
  auto& slot = slots_.slot(ref);
  PENSTOCK_CHECK(!is_ended(slot.state) && is_ended(ending.state), "a step ends once");
  if (slot.state == StepState::Ready) admission_.remove(rank_of(ref));
  if (slot.state == StepState::RetryWait) --retries_waiting_;
  timed_out_.erase(ref);
  raised_.erase(ref);
  if (ending.event) emit(ref, *std::move(ending.event), ending.level);
  count_end(ref, ending);
  slot.state = ending.state;
  ended_.push_back(ref);
  if (ending.is_known) return;  // the run that ran it has called its hooks
  if (ending.state == StepState::Success)
    call_hooks(ref, HookDef::When::Success, std::move(ending.facts));
  if (ending.state == StepState::Failed)
    call_hooks(ref, HookDef::When::Failure, std::move(ending.facts));
}

void Reactor::count_end(StepRef ref, const Ending& ending) {
  if (ending.is_reused) {
    ++counts_.reused;
    return;
  }
  switch (ending.state) {
    case StepState::Success:
    case StepState::Reused:  // of a resumed run: by this run itself
      ++counts_.succeeded;
      return;
    case StepState::Failed:
      note_failure(slots_.key(ref), ending.facts.error.value_or(Error{}));
      return note_kind(ending.kind);
    case StepState::Skipped:
      ++counts_.skipped;
      return;
    case StepState::UpstreamFailed:
      ++counts_.upstream_failed;
      return;
    default:
      ++counts_.canceled;
  }
}

/// `started`: an attempt of it was running.
void Reactor::end_canceled(StepRef ref, std::string by, bool started, LogLevel level) {
  interrupted_ += started && status_ == RunStatus::Canceling;
  end(ref, {StepState::Canceled, StepCanceled{std::move(by), started}, level});
}

/// The run stops: steps that could start, or start again, do so no more. `all`: nothing runs, so
/// neither do those that wait for others.
void Reactor::cancel_waiting(bool all) {
  for (auto scope = plan_.scopes.size(); scope-- > 0;)  // parts end before what they are parts of
    for (const auto step : slots_.templates(narrow<std::uint32_t>(scope)))
      for (std::uint32_t copy = 0; copy < slots_.copies(step); ++copy) {
        const StepRef ref{step, copy};
        const auto state = slots_.slot(ref).state;
        if (is_ended(state) || state == StepState::Running) continue;
        if (!all && state != StepState::Ready && state != StepState::RetryWait) continue;
        if (const auto* known = known_join(ref))
          end(ref, known_ending(*known));
        else
          end_canceled(ref, canceled_by_, false);
      }
}

/// End a step that does not run.
void Reactor::leave_out(StepRef ref) {
  const auto& slot = slots_.slot(ref);
  if (slot.failed == 0 || plan_.steps[ref.step].trigger == TriggerRule::AnyFailed)
    return end(ref, {StepState::Skipped, why_skipped(ref)});
  const auto failed = failed_sources(ref);
  StepUpstreamFailed body{failed.empty() ? "" : slots_.key(failed.front()), {}};
  if (const auto why = too_many_failed_.find(ref); why != too_many_failed_.end())
    body.reason = why->second;
  end(ref, {StepState::UpstreamFailed, std::move(body), LogLevel::Warning});
}

/// Names the input that has no value, and the step that did not produce it.
StepSkipped Reactor::why_skipped(StepRef ref) {
  if (plan_.steps[ref.step].trigger == TriggerRule::AnyFailed)
    return {"it runs when a step before it fails, and none did"};
  for (const auto& incoming : slots_.incoming(ref.step)) {
    const auto source = skipped_source(ref, incoming);
    if (!source) continue;
    const auto input = input_name(ref, incoming.source);
    const auto step = slots_.key(source->ref);
    const auto& outputs = plan_.steps[source->ref.step].op->outputs;
    const auto why =
        is_success(slots_.slot(source->ref).state)
            ? fmt::format("did not produce output {}", quote(outputs[source->port].name))
            : std::string("was skipped");
    if (input.empty())
      return {fmt::format("step {}, which it runs after, {}", quote(step), why)};
    return {fmt::format("input {} has no value: step {} {}", quote(input), quote(step), why)};
  }
  return {"an input has no value"};
}

/// The step because of which a source gave nothing; nothing when it did not skip.
std::optional<Reactor::Side> Reactor::skipped_source(StepRef ref, const Incoming& incoming) {
  const auto& source = incoming.source;
  const auto items = slots_.copies_of(source);
  std::optional<Side> from;
  switch (incoming.kind) {
    case PlannedReader::Kind::Item:
      from = side_step(ref, source);
      break;
    case PlannedReader::Kind::Same:
    case PlannedReader::Kind::Inner:
    case PlannedReader::Kind::Stream: {
      const auto scope = plan_.steps[source.step].scope;
      from = Side{{source.step, slots_.ancestor(plan_.steps[ref.step].scope, ref.copy, scope)},
                  source.port};
      break;
    }
    case PlannedReader::Kind::Part:
      break;  // the copy exists because the values do
    case PlannedReader::Kind::Collect:
    case PlannedReader::Kind::Join:
      from = Side{{plan_.scopes[items].source.step, ref.copy}, plan_.scopes[items].source.port};
      break;
    case PlannedReader::Kind::Reduced:
      from = Side{{plan_.scopes[items].source.step, ref.copy}, plan_.scopes[items].source.port};
      for (const auto copy : slots_.group(slots_.reduce_of(ref.step)->scope, ref.copy).copies)
        if (const StepRef part{slots_.reduce_of(ref.step)->parts, copy};
            slots_.slot(part).told && arrival_of(slots_.slot(part), 0) == Arrival::Skipped)
          return Side{part, 0};
  }
  if (!from || !is_ended(slots_.slot(from->ref).state)) return {};
  if (arrival_of(slots_.slot(from->ref), from->port) != Arrival::Skipped) return {};
  return from;
}

/// The input of a step that a source feeds; empty when it only runs after it.
std::string Reactor::input_name(StepRef ref, const PlannedSource& source) const {
  const auto& step = plan_.steps[ref.step];
  for (std::size_t i = 0; i < std::min(step.inputs.size(), step.op->inputs.size()); ++i)
    if (std::ranges::find(step.inputs[i].sources, source) != step.inputs[i].sources.end())
      return step.op->inputs[i].name;
  return {};
}

}  // namespace penstock

// How readiness flows: sources end, readers hear of it, groups of items complete.
#include <fmt/format.h>

#include "penstock/base/text.h"
#include "penstock/run/reactor.h"

namespace penstock {

void Reactor::open_copy(std::uint32_t scope, std::uint32_t copy) {
  const auto& templates = slots_.templates(scope);
  open_steps_ += std::int64_t(templates.size());
  auto at_scope = scope;
  for (auto at = copy; at_scope != 0; at_scope = plan_.scopes[at_scope].parent) {
    at = slots_.item(at_scope, at).parent;
    slots_.group(at_scope, at).live += templates.size();
  }
  for (const auto step : templates) count_sources({step, copy});
  for (const auto step : templates)
    if (slots_.slot({step, copy}).pending == 0) decide({step, copy});
}

void Reactor::count_sources(StepRef ref) {
  auto& slot = slots_.slot(ref);
  for (const auto& incoming : slots_.incoming(ref.step)) {
    if (incoming.kind == PlannedReader::Kind::Item) {
      ++slot.good;  // the copy exists because the item does
      continue;
    }
    if (incoming.kind == PlannedReader::Kind::Inner) {
      const auto outer = plan_.steps[incoming.source.step].scope;
      const auto copy = slots_.ancestor(plan_.steps[ref.step].scope, ref.copy, outer);
      const auto& source = slots_.slot({incoming.source.step, copy});
      if (is_ended(source.state)) {
        const auto arrival = arrival_of(source, incoming.source.port);
        ++(arrival == Arrival::Good     ? slot.good
           : arrival == Arrival::Failed ? slot.failed
                                        : slot.skipped);
        continue;
      }
    }
    ++slot.pending;
  }
}

Arrival Reactor::arrival_of(const Slot& slot, std::uint16_t port) {
  switch (slot.state) {
    case StepState::Success:
      return port >= 32 || ((slot.produced >> port) & 1) != 0 ? Arrival::Good : Arrival::Skipped;
    case StepState::Skipped:
      return Arrival::Skipped;
    default:
      return Arrival::Failed;
  }
}

void Reactor::arrive(StepRef reader, Arrival arrival) {
  auto& slot = slots_.slot(reader);
  PENSTOCK_CHECK(slot.pending > 0, "a step heard of more sources than it has");
  ++(arrival == Arrival::Good     ? slot.good
     : arrival == Arrival::Failed ? slot.failed
                                  : slot.skipped);
  if (--slot.pending == 0) decide(reader);
}

void Reactor::decide(StepRef ref) {
  const auto& slot = slots_.slot(ref);
  if (slot.state != StepState::Waiting || status_ == RunStatus::Canceling) return;
  bool run = true;
  switch (plan_.steps[ref.step].trigger) {
    case TriggerRule::AllSuccess:
      run = slot.failed == 0 && slot.skipped == 0;
      break;
    case TriggerRule::NoneFailed:
      run = slot.failed == 0;
      break;
    case TriggerRule::AnySuccess:
      run = slot.good > 0 || slot.failed + slot.skipped == 0;
      break;
    case TriggerRule::AnyFailed:
      run = slot.failed > 0;
      break;
    case TriggerRule::AllDone:
      break;
  }
  if (run) return make_ready(ref);
  const bool failed = slot.failed > 0 && plan_.steps[ref.step].trigger != TriggerRule::AnyFailed;
  if (failed) {
    emit(ref, StepUpstreamFailed{failed_source(ref)}, LogLevel::Warning);
    ++counts_.upstream_failed;
  } else {
    emit(ref,
         StepSkipped{slot.skipped > 0 ? "an input was not produced" : "no step before it failed"});
    ++counts_.skipped;
  }
  end(ref, failed ? StepState::UpstreamFailed : StepState::Skipped);
}

std::string Reactor::failed_source(StepRef ref) {
  const auto scope = plan_.steps[ref.step].scope;
  for (const auto& incoming : slots_.incoming(ref.step)) {
    const auto from = incoming.source.step;
    if (incoming.kind == PlannedReader::Kind::Collect) {
      const auto items = plan_.steps[from].op->outputs[incoming.source.port].dynamic
                             ? slots_.scope_of(incoming.source)
                             : plan_.steps[from].scope;
      const auto& group = slots_.group(items, ref.copy);
      for (const auto copy : group.copies)
        if (items == plan_.steps[from].scope &&
            slots_.slot({from, copy}).state >= StepState::Failed &&
            slots_.slot({from, copy}).state != StepState::Skipped)
          return slots_.key({from, copy});
      if (group.outcome == Arrival::Failed)
        return slots_.key({plan_.scopes[items].source.step, ref.copy});
      continue;
    }
    const StepRef source{from, slots_.ancestor(scope, ref.copy, plan_.steps[from].scope)};
    if (is_ended(slots_.slot(source).state) &&
        arrival_of(slots_.slot(source), incoming.source.port) == Arrival::Failed)
      return slots_.key(source);
  }
  return {};
}

void Reactor::end(StepRef ref, StepState state) {
  slots_.slot(ref).state = state;
  ended_.push_back(ref);
}

void Reactor::drain() {
  while (!ended_.empty()) {
    const auto ref = ended_.front();
    ended_.pop_front();
    complete_groups(ref);
    tell_readers(ref);
    item_ended(ref);
    need_inputs(ref);
    release_inputs(ref);
    leave(ref);
  }
}

void Reactor::tell_readers(StepRef ref) {
  const auto& step = plan_.steps[ref.step];
  for (std::uint16_t port = 0; port < step.readers.size(); ++port) {
    const auto arrival = arrival_of(slots_.slot(ref), port);
    for (const auto& reader : step.readers[port]) {
      if (reader.kind == PlannedReader::Kind::Same) {
        arrive({reader.step, ref.copy}, arrival);
      } else if (reader.kind == PlannedReader::Kind::Inner) {
        slots_.descendants(step.scope, ref.copy, plan_.steps[reader.step].scope,
                           [&](std::uint32_t copy) { arrive({reader.step, copy}, arrival); });
      }
    }
  }
}

void Reactor::complete_groups(StepRef ref) {
  const auto& outputs = plan_.steps[ref.step].op->outputs;
  for (std::uint16_t port = 0; port < outputs.size(); ++port) {
    if (!outputs[port].dynamic) continue;
    const auto scope = slots_.scope_of({ref.step, port});
    auto& group = slots_.group(scope, ref.copy);
    const auto state = slots_.slot(ref).state;
    group.outcome = state == StepState::Success   ? Arrival::Good
                    : state == StepState::Skipped ? Arrival::Skipped
                                                  : Arrival::Failed;
    group.complete = true;
    group.keys = {};
    tell_collectors(ref, port, ref.copy, group.outcome);
    for (const auto step : slots_.templates(scope)) tell_if_collected(step, ref.copy);
    if (slots_.group(scope, ref.copy).finished()) finish_group(scope, ref.copy);
  }
}

/// Tell the steps outside that gather this output over all items.
void Reactor::tell_collectors(StepRef source, std::uint16_t port, std::uint32_t parent,
                              Arrival arrival) {
  for (const auto& reader : plan_.steps[source.step].readers[port])
    if (reader.kind == PlannedReader::Kind::Collect) arrive({reader.step, parent}, arrival);
}

void Reactor::item_ended(StepRef ref) {
  const auto scope = plan_.steps[ref.step].scope;
  if (scope == 0) return;
  const auto parent = slots_.item(scope, ref.copy).parent;
  auto& group = slots_.group(scope, parent);
  const auto state = slots_.slot(ref).state;
  ++group.ended[slots_.rank(ref.step)];
  if (state != StepState::Success && state != StepState::Skipped)
    ++group.failed[slots_.rank(ref.step)];
  tell_if_collected(ref.step, parent);
}

/// When the last copy of a template ended and no further ones can come, its collectors may go on.
void Reactor::tell_if_collected(std::uint32_t step, std::uint32_t parent) {
  const auto scope = plan_.steps[step].scope;
  const auto& group = slots_.group(scope, parent);
  const auto rank = slots_.rank(step);
  if (!group.complete || group.ended[rank] != group.copies.size()) return;
  const auto arrival = group.failed[rank] > 0 ? Arrival::Failed : group.outcome;
  const auto ports = plan_.steps[step].op->outputs.size();
  for (std::uint16_t port = 0; port < ports; ++port) {
    if (plan_.steps[step].op->outputs[port].dynamic) continue;
    tell_collectors({step, 0}, port, parent, arrival);
  }
}

void Reactor::leave(StepRef ref) {
  --open_steps_;
  auto scope = plan_.steps[ref.step].scope;
  for (auto copy = ref.copy; scope != 0; scope = plan_.scopes[scope].parent) {
    copy = slots_.item(scope, copy).parent;
    auto& group = slots_.group(scope, copy);
    --group.live;
    if (group.finished()) finish_group(scope, copy);
  }
}

/// All work on the items is done: values from outside that they read are read for the last time.
void Reactor::finish_group(std::uint32_t scope, std::uint32_t parent) {
  const auto home = plan_.scopes[scope].parent;
  for (const auto& broadcast : slots_.broadcasts(scope)) {
    const auto& source = broadcast.source;
    if (plan_.steps[source.step].op->outputs[source.port].dynamic)
      release(slots_.item(home, parent).held);
    else
      release_output({source.step, parent}, source.port);
  }
}

}  // namespace penstock

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
    auto& item = slots_.item(at_scope, at);
    item.live += templates.size();
    at = item.parent;
    slots_.group(at_scope, at).live += templates.size();
  }
  for (const auto step : templates) count_sources({step, copy});
  for (const auto step : templates) recall({step, copy});
  for (const auto step : templates) {
    if (slots_.slot({step, copy}).state == StepState::Known)
      end_as_known({step, copy});
    else if (slots_.slot({step, copy}).pending == 0)
      decide({step, copy});
  }
}

void Reactor::count_sources(StepRef ref) {
  auto& slot = slots_.slot(ref);
  for (const auto& incoming : slots_.incoming(ref.step)) {
    if (incoming.kind == PlannedReader::Kind::Stream) continue;  // they start together
    if (incoming.kind == PlannedReader::Kind::Part) {
      ++slot.good;  // the copy exists because the values do
      continue;
    }
    if (incoming.kind == PlannedReader::Kind::Item) {
      count_arrival(slot, item_arrival(ref, incoming.source));
      continue;
    }
    if (incoming.kind == PlannedReader::Kind::Inner) {
      const auto outer = plan_.steps[incoming.source.step].scope;
      const auto copy = slots_.ancestor(plan_.steps[ref.step].scope, ref.copy, outer);
      const auto& source = slots_.slot({incoming.source.step, copy});
      if (source.told) {
        count_arrival(slot, arrival_of(source, incoming.source.port));
        continue;
      }
    }
    ++slot.pending;
  }
}

Arrival Reactor::arrival_of(const Slot& slot, std::uint32_t port) {
  switch (slot.state) {
    case StepState::Success:
    case StepState::Reused:
      return slot.produced.contains(port) ? Arrival::Good : Arrival::Skipped;
    case StepState::Skipped:
      return Arrival::Skipped;
    default:
      return Arrival::Failed;
  }
}

void Reactor::arrive(StepRef reader, Arrival arrival) {
  auto& slot = slots_.slot(reader);
  PENSTOCK_CHECK(slot.pending > 0, "a step heard of more sources than it has");
  count_arrival(slot, arrival);
  if (--slot.pending == 0) decide(reader);
}

void Reactor::count_arrival(Slot& slot, Arrival arrival) {
  ++(arrival == Arrival::Good     ? slot.good
     : arrival == Arrival::Failed ? slot.failed
                                  : slot.skipped);
}

/// Of an item: it is there since the copy is. Of a join, the side that the source stands for may
/// have failed.
Arrival Reactor::item_arrival(StepRef reader, const PlannedSource& source) {
  if (plan_.steps[source.step].join == JoinKind::None) return Arrival::Good;
  const auto side = side_step(reader, source);
  return side ? arrival_of(slots_.slot(side->ref), side->port) : Arrival::Good;
}

void Reactor::decide(StepRef ref) {
  if (slots_.slot(ref).state != StepState::Waiting || status_ == RunStatus::Canceling) return;
  if (plan_.steps[ref.step].unit >= 0) return decide_unit(ref);
  const bool joins = plan_.steps[ref.step].join != JoinKind::None;
  if (joins) sort_joined(ref);
  if (known_join(ref) == nullptr && !should_run(ref)) return leave_out(ref);
  if (joins) return end_join(ref);
  make_ready(ref);
}

bool Reactor::should_run(StepRef ref) const {
  const auto& slot = slots_.slot(ref);
  switch (plan_.steps[ref.step].trigger) {
    case TriggerRule::AllSuccess:
      return slot.failed == 0 && slot.skipped == 0;
    case TriggerRule::NoneFailed:
      return slot.failed == 0;
    case TriggerRule::AnySuccess:
      return slot.good > 0 || slot.failed + slot.skipped == 0;
    case TriggerRule::AnyFailed:
      return slot.failed > 0;
    case TriggerRule::AllDone:
      break;
  }
  return true;
}

void Reactor::drain() {
  while (!ended_.empty()) {
    const auto ref = ended_.front();
    ended_.pop_front();
    complete_groups(ref);
    slots_.slot(ref).told = true;
    tell_readers(ref);
    item_ended(ref);
    need_inputs(ref);
    release_inputs(ref);
    leave(ref);
  }
}

void Reactor::tell_readers(StepRef ref) {
  const auto& step = plan_.steps[ref.step];
  for (std::uint32_t port = 0; port < step.readers.size(); ++port) {
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
  const bool is_join = plan_.steps[ref.step].join != JoinKind::None;
  const auto ports = plan_.steps[ref.step].op->outputs.size();
  for (std::uint32_t port = 0; port < (is_join ? 1 : ports); ++port) {
    const auto scope = slots_.scope_of({ref.step, port});
    if (scope == 0) continue;
    auto& group = slots_.group(scope, ref.copy);
    const auto state = slots_.slot(ref).state;
    group.outcome = is_success(state)             ? Arrival::Good
                    : state == StepState::Skipped ? Arrival::Skipped
                                                  : Arrival::Failed;
    group.complete = true;
    group.keys = {};
    group.again = {};
    tell_gatherers({ref.step, port}, ref.copy);
    for (const auto step : slots_.templates(scope)) tell_if_collected(step, ref.copy);
    if (slots_.group(scope, ref.copy).finished()) finish_group(scope, ref.copy);
  }
}

/// All copies of a source in a group ended, and no more will come: tell who gathers its values.
void Reactor::tell_gatherers(const PlannedSource& source, std::uint32_t parent) {
  for (const auto& reader : plan_.steps[source.step].readers[source.port]) {
    const StepRef ref{reader.step, parent};
    if (reader.kind == PlannedReader::Kind::Collect)
      arrive(ref, collected(source, parent, ref, reader.drop_failed));
    else if (reader.kind == PlannedReader::Kind::Join)
      arrive(ref, slots_.group(slots_.copies_of(source), parent).outcome);
    else if (reader.kind == PlannedReader::Kind::Reduced)
      leaves_ended(*slots_.reduce_of(reader.step), parent);
  }
}

void Reactor::item_ended(StepRef ref) {
  const auto scope = plan_.steps[ref.step].scope;
  if (scope == 0 || slots_.is_marked(scope, ref.copy)) return;
  const auto parent = slots_.item(scope, ref.copy).parent;
  auto& group = slots_.group(scope, parent);
  const auto state = slots_.slot(ref).state;
  ++group.ended[slots_.rank(ref.step)];
  if (!is_success(state) && state != StepState::Skipped) ++group.failed[slots_.rank(ref.step)];
  if (plan_.scopes[scope].parts) return part_ended(ref);
  const auto ports = plan_.steps[ref.step].op->outputs.size();
  for (std::uint32_t port = 0; port < ports; ++port)
    if (!slots_.is_dynamic({ref.step, port}))
      hear({ref.step, port}, parent, ref.copy, arrival_of(slots_.slot(ref), port));
  tell_if_collected(ref.step, parent);
}

/// One copy of a source ended: tell who takes its values as they come.
void Reactor::hear(const PlannedSource& source, std::uint32_t parent, std::uint32_t copy,
                   Arrival arrival) {
  for (const auto& reader : plan_.steps[source.step].readers[source.port]) {
    if (reader.kind == PlannedReader::Kind::Join)
      join_hears({reader.step, parent}, source, copy);
    else if (reader.kind == PlannedReader::Kind::Part)
      reduce_hears(*slots_.reduce_of(reader.step), parent, copy, arrival);
    else if (reader.kind == PlannedReader::Kind::Collect && slots_.wants_order(source))
      note_completed(source.step, parent, copy);
  }
}

void Reactor::note_completed(std::uint32_t step, std::uint32_t parent, std::uint32_t copy) {
  auto& order = as_completed_[{step, parent}];
  if (order.empty() || order.back() != copy) order.push_back(copy);  // once for all its outputs
}

/// When the last copy of a template ended and no further ones can come, its gatherers may go on.
void Reactor::tell_if_collected(std::uint32_t step, std::uint32_t parent) {
  const auto& group = slots_.group(plan_.steps[step].scope, parent);
  if (!group.complete || group.ended[slots_.rank(step)] != group.copies.size()) return;
  const auto ports = plan_.steps[step].op->outputs.size();
  for (std::uint32_t port = 0; port < ports; ++port)
    if (!slots_.is_dynamic({step, port})) tell_gatherers({step, port}, parent);
}

void Reactor::leave(StepRef ref) {
  --open_steps_;
  auto scope = plan_.steps[ref.step].scope;
  for (auto copy = ref.copy; scope != 0; scope = plan_.scopes[scope].parent) {
    auto& item = slots_.item(scope, copy);
    copy = item.parent;
    auto& group = slots_.group(scope, copy);
    --group.live;
    if (--item.live == 0) item_done(scope, copy);
    if (group.finished()) finish_group(scope, copy);
  }
}

/// All work on the items is done: values from outside that they read are read for the last time.
void Reactor::finish_group(std::uint32_t scope, std::uint32_t parent) {
  const auto home = plan_.scopes[scope].parent;
  const auto& maker = plan_.scopes[scope].source;
  if (plan_.steps[maker.step].join == JoinKind::Product && !plan_.scopes[scope].parts)
    release_sides({maker.step, parent});
  for (const auto& broadcast : slots_.broadcasts(scope)) {
    const auto& source = broadcast.source;
    if (slots_.is_dynamic(source))
      release(slots_.item(home, parent).held);
    else
      release_output({source.step, parent}, source.port);
  }
}

}  // namespace penstock

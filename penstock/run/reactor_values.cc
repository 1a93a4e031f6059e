// Values between steps, and which ready step may start.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/run/reactor.h"

namespace penstock {

void Reactor::hold_outputs(StepRef ref, std::vector<Value> outputs) {
  const auto& op = *plan_.steps[ref.step].op;
  auto& slot = slots_.slot(ref);
  for (std::uint16_t port = 0; port < op.outputs.size(); ++port) {
    if (op.outputs[port].dynamic) {
      if (port < 32) slot.produced |= 1u << port;
      continue;
    }
    if (!outputs[port]) continue;
    if (port < 32) slot.produced |= 1u << port;
    const auto readers = readers_of(ref, port);
    if (readers == 0 && !limits_.keep_values) {
      actions_->dropped.push_back(std::move(outputs[port]));
      continue;
    }
    if (!slot.outputs) slot.outputs = std::make_unique<HeldValue[]>(op.outputs.size());
    const auto bytes = outputs[port].bytes();
    slot.outputs[port] = {std::move(outputs[port]), bytes, readers};
    held_bytes_ += bytes;
  }
}

std::uint32_t Reactor::readers_of(StepRef ref, std::uint16_t port) {
  const auto& step = plan_.steps[ref.step];
  std::uint32_t readers = 0;
  for (const auto& reader : step.readers[port]) {
    if (reader.kind == PlannedReader::Kind::Same)
      readers += !is_ended(slots_.slot({reader.step, ref.copy}).state);
    if (reader.kind == PlannedReader::Kind::Collect) {
      const auto parent = slots_.item(step.scope, ref.copy).parent;
      readers += !is_ended(slots_.slot({reader.step, parent}).state);
    }
  }
  for (const auto inner : slots_.inner(step.scope))
    for (const auto& broadcast : slots_.broadcasts(inner))
      if (broadcast.source == PlannedSource{ref.step, port})
        readers += !slots_.group(inner, ref.copy).finished();
  return readers;
}

void Reactor::release_inputs(StepRef ref) {
  const auto scope = plan_.steps[ref.step].scope;
  for (const auto& incoming : slots_.incoming(ref.step)) {
    const auto& source = incoming.source;
    switch (incoming.kind) {
      case PlannedReader::Kind::Same:
        release_output({source.step, ref.copy}, source.port);
        break;
      case PlannedReader::Kind::Item:
        if (plan_.scopes[scope].source == source && scope != 0)
          release(slots_.item(scope, ref.copy).held);
        break;
      case PlannedReader::Kind::Inner:
        break;  // held by the group of items, not by each reader
      case PlannedReader::Kind::Collect: {
        const bool dynamic = plan_.steps[source.step].op->outputs[source.port].dynamic;
        const auto items = dynamic ? slots_.scope_of(source) : plan_.steps[source.step].scope;
        for (const auto copy : slots_.group(items, ref.copy).copies) {
          if (dynamic)
            release(slots_.item(items, copy).held);
          else
            release_output({source.step, copy}, source.port);
        }
        break;
      }
    }
  }
}

void Reactor::release(HeldValue& held) {
  if (held.readers == 0 || --held.readers > 0 || limits_.keep_values) return;
  held_bytes_ -= held.bytes;
  actions_->dropped.push_back(std::move(held.value));
  held.value = Value();
}

void Reactor::release_output(StepRef ref, std::uint16_t port) {
  auto& slot = slots_.slot(ref);
  if (!slot.outputs) return;
  release(slot.outputs[port]);
  const auto ports = plan_.steps[ref.step].op->outputs.size();
  if (!limits_.keep_values && std::all_of(slot.outputs.get(), slot.outputs.get() + ports,
                                          [](const HeldValue& held) { return held.readers == 0; }))
    slot.outputs.reset();
}

void Reactor::make_ready(StepRef ref) {
  auto& slot = slots_.slot(ref);
  slot.state = StepState::Ready;
  slot.since = now_;
  const auto& step = plan_.steps[ref.step];
  const Claims claims{step.cpu, estimate(ref)};
  if (auto fits = admission_.check(claims); !fits.ok())
    return refuse(ref, claims, std::move(fits).error());
  admission_.add({ref, step.priority, step.depth, claims});
}

/// A step that can never fit fails at once.
void Reactor::refuse(StepRef ref, const Claims& claims, Error why) {
  emit(ref, StepStart{free_lane(), std::int64_t(claims.memory), 0});
  StepResult refused;
  refused.status = std::move(why);
  fail(ref, std::move(refused));
}

std::uint64_t Reactor::estimate(StepRef ref) {
  const auto& step = plan_.steps[ref.step];
  if (limits_.admission.memory == 0 || !step.memory) return 0;
  std::vector<Value> inputs;
  for (const auto& input : step.inputs)
    inputs.push_back(input.kind == PlannedInput::Kind::One ? value_of(input.sources[0], ref)
                                                           : Value());
  return step.memory(inputs);
}

void Reactor::admit() {
  admission_.begin();
  while (const auto next = admission_.next(held_bytes_)) start_step(*next);
}

std::int32_t Reactor::free_lane() const {
  std::int32_t lane = 0;
  while (std::ranges::any_of(running_, [&](const Running& r) { return r.lane == lane; })) ++lane;
  return lane;
}

void Reactor::start_step(const ReadyStep& ready) {
  const auto ref = ready.ref;
  const auto& step = plan_.steps[ref.step];
  auto& slot = slots_.slot(ref);
  const auto lane = free_lane();
  emit(ref, StepStart{lane, std::int64_t(ready.claims.memory), (now_ - slot.since).count()});
  slot.state = StepState::Running;
  slot.since = now_;
  ++counts_.running;
  running_.push_back({ref, lane, ready.claims});
  actions_->start.push_back({ref, slot.attempt, actions_->events.back().step,
                             slots_.map_keys(step.scope, ref.copy), inputs_of(ref)});
  if (step.timeout.count() > 0)
    actions_->timers.push_back({now_ + step.timeout, ref, slot.attempt});
}

std::vector<TaskInput> Reactor::inputs_of(StepRef ref) {
  std::vector<TaskInput> inputs;
  inputs.reserve(plan_.steps[ref.step].inputs.size());
  for (const auto& input : plan_.steps[ref.step].inputs) inputs.push_back(input_of(ref, input));
  return inputs;
}

TaskInput Reactor::input_of(StepRef ref, const PlannedInput& input) {
  TaskInput task;
  task.gather = input.gather;
  if (input.kind != PlannedInput::Kind::Collect) {
    for (const auto& source : input.sources) {
      const auto& value = value_of(source, ref);
      if (value || input.kind == PlannedInput::Kind::One) task.parts.push_back(value);
    }
    return task;
  }
  const auto& source = input.sources[0];
  const bool dynamic = plan_.steps[source.step].op->outputs[source.port].dynamic;
  const auto items = dynamic ? slots_.scope_of(source) : plan_.steps[source.step].scope;
  // the reader may stand further inside than the gathered items' home
  const auto home =
      slots_.ancestor(plan_.steps[ref.step].scope, ref.copy, plan_.scopes[items].parent);
  for (const auto copy : slots_.group(items, home).copies) {
    if (dynamic) {
      task.parts.push_back(slots_.item(items, copy).held.value);
    } else if (const auto& slot = slots_.slot({source.step, copy});
               slot.outputs && slot.outputs[source.port].value) {
      task.parts.push_back(slot.outputs[source.port].value);
    }
  }
  return task;
}

const Value& Reactor::value_of(const PlannedSource& source, StepRef reader) {
  static const Value kMissing;
  const auto scope = plan_.steps[reader.step].scope;
  if (plan_.steps[source.step].op->outputs[source.port].dynamic) {
    const auto items = slots_.scope_of(source);
    return slots_.item(items, slots_.ancestor(scope, reader.copy, items)).held.value;
  }
  const auto copy = slots_.ancestor(scope, reader.copy, plan_.steps[source.step].scope);
  const auto& slot = slots_.slot({source.step, copy});
  return slot.outputs ? slot.outputs[source.port].value : kMissing;
}

}  // namespace penstock

// Values between steps, and which ready step may start.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/run/reactor.h"

namespace penstock {

namespace {
constexpr std::size_t kMostHolders = 10;
}  // namespace

void Reactor::hold_outputs(StepRef ref, std::vector<Value> outputs) {
  const auto& op = *plan_.steps[ref.step].op;
  auto& slot = slots_.slot(ref);
  for (std::uint32_t port = 0; port < op.outputs.size(); ++port) {
    if (slots_.is_dynamic({ref.step, port})) {
      slot.produced.insert(port);
      continue;
    }
    if (op.outputs[port].stream) slot.produced.insert(port);
    if (!outputs[port]) continue;
    slot.produced.insert(port);
    const auto bytes = outputs[port].bytes();
    hold_output(ref, port, std::move(outputs[port]), bytes);
  }
}

void Reactor::hold_output(StepRef ref, std::uint32_t port, Value value, std::uint64_t bytes) {
  auto& slot = slots_.slot(ref);
  const auto readers = readers_of(ref, port);
  if (readers == 0 && !limits_.keep_values) {
    actions_->dropped.push_back(std::move(value));
    return;
  }
  const auto ports = plan_.steps[ref.step].op->outputs.size();
  if (!slot.outputs) slot.outputs = std::make_unique<HeldValue[]>(ports);
  slot.outputs[port] = {std::move(value), bytes, readers};
  held_bytes_ += bytes;
}

std::uint32_t Reactor::readers_of(StepRef ref, std::uint32_t port) {
  const auto& step = plan_.steps[ref.step];
  std::uint32_t readers = 0;
  for (const auto& reader : step.readers[port]) {
    if (reader.kind == PlannedReader::Kind::Same)
      readers += !slots_.slot({reader.step, ref.copy}).told;
    if (is_gathering(reader.kind) && reader.kind != PlannedReader::Kind::Reduced)
      readers += !gathers_no_more(reader, slots_.item(step.scope, ref.copy).parent);
  }
  if (const auto* reduce = slots_.reduce_of(ref.step); reduce && reduce->parts == ref.step)
    ++readers;  // taken by another part or by the root
  for (const auto inner : slots_.inner(step.scope))
    for (const auto& broadcast : slots_.broadcasts(inner))
      if (broadcast.source == PlannedSource{ref.step, port})
        readers += !slots_.group(inner, ref.copy).finished();
  return readers;
}

/// Whether a reader outside the items, in copy `parent` of the scope there, takes no further
/// values.
bool Reactor::gathers_no_more(const PlannedReader& reader, std::uint32_t parent) const {
  if (reader.kind == PlannedReader::Kind::Collect) return slots_.slot({reader.step, parent}).told;
  const bool is_part = reader.kind == PlannedReader::Kind::Part;
  return hears_no_more({is_part ? slots_.reduce_of(reader.step)->root : reader.step, parent});
}

/// Whether a join, or the root of a reduction, has ended or is about to as an earlier run has it.
bool Reactor::hears_no_more(StepRef ref) const {
  const auto state = slots_.slot(ref).state;
  return is_ended(state) || state == StepState::Known;
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
        if (slots_.scope_of(source) != scope) break;
        if (!plan_.reused.empty()) count_loaded(source, ref.copy);
        release(slots_.item(scope, ref.copy).held);
        break;
      case PlannedReader::Kind::Stream:
        break;                          // its batches are of the unit
      case PlannedReader::Kind::Inner:  // held by the group of items, not by each reader
        if (!plan_.reused.empty())
          count_loaded(source, slots_.ancestor(scope, ref.copy, slots_.copies_of(source)));
        break;
      case PlannedReader::Kind::Collect: {
        for (const auto copy : slots_.group(slots_.copies_of(source), ref.copy).copies)
          release_copy(source, copy);
        break;
      }
      case PlannedReader::Kind::Join:
        if (plan_.steps[ref.step].join == JoinKind::Zip) release_sides(ref);
        break;  // a product holds its sides until all its items are done
      case PlannedReader::Kind::Part:
        break;  // released when the part ended
      case PlannedReader::Kind::Reduced:
        release_rest(ref);
        break;
    }
  }
}

void Reactor::release(HeldValue& held) {
  if (held.readers == 0) return;
  if (--held.readers > 0 || limits_.keep_values) return count_loaded(held);
  held_bytes_ -= held.bytes;
  actions_->dropped.push_back(std::move(held.value));
  held.value = Value();
}

void Reactor::release_output(StepRef ref, std::uint32_t port) {
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
  slot.since = now_.instant;
  const auto claims = claims_of(ref);
  if (auto fits = admission_.check(claims); !fits.ok())
    return refuse(ref, claims, std::move(fits).error());
  admission_.add({rank_of(ref), claims});
}

/// A step that can never fit fails at once.
void Reactor::refuse(StepRef ref, const Claims& claims, Error why) {
  emit(ref, StepStart{free_lane(), std::int64_t(claims.memory), 0});
  StepResult refused;
  refused.status = std::move(why);
  fail({ref, 0, claims}, std::move(refused));
}

/// The place of a step among the ready ones. A unit has one, that of the member which goes first.
StepRank Reactor::rank_of(StepRef ref) const {
  const auto& step = plan_.steps[ref.step];
  if (step.unit < 0) return {ref, step.priority, rank_of_depth(ref.step), remaining_of(ref.step)};
  StepRank rank{leader_of(ref), step.priority};
  for (const auto member : members_of(ref)) {
    rank.priority = std::max(rank.priority, plan_.steps[member.step].priority);
    rank.depth = std::max(rank.depth, rank_of_depth(member.step));
    rank.remaining = std::max(rank.remaining, remaining_of(member.step));
  }
  return rank;
}

/// What `depth` of a ready step says: the greater goes first.
std::uint32_t Reactor::rank_of_depth(std::uint32_t step) const {
  const auto depth = plan_.steps[step].depth;
  return limits_.order == DispatchOrder::DepthFirst ? depth : UINT32_MAX - depth;
}

/// The longest way to the end of the run, as far as it was measured.
Micros Reactor::remaining_of(std::uint32_t step) const {
  return costs_.remaining.empty() ? Micros(0) : costs_.remaining[step];
}

Claims Reactor::claims_of(StepRef ref) {
  const auto& step = plan_.steps[ref.step];
  const auto raised = raised_.find(ref);
  auto claims = raised != raised_.end() ? raised->second : Claims{step.cpu, estimate(ref), false};
  claims.pools = step.claims;
  return claims;
}

/// Bytes to reserve: as declared, else as its op needed in earlier runs, else as much again as it
/// is given. Only what is declared can be too much for the run.
std::uint64_t Reactor::estimate(StepRef ref) {
  const auto& step = plan_.steps[ref.step];
  const auto budget = limits_.admission.memory;
  if (budget == 0) return 0;
  const auto loads = bytes_to_load(ref);  // of a value that is not here nothing else can be told
  if (step.memory && loads == 0) {
    std::vector<Value> inputs;
    for (const auto& input : step.inputs)
      inputs.push_back(input.kind == PlannedInput::Kind::One
                           ? loaded(value_of(input.sources[0], ref))
                           : Value());
    auto bytes = step.memory(inputs);
    if (bytes.ok()) return *bytes;
    refused_[ref] = std::move(bytes).error().within("its memory estimate");
    return 0;  // it fails as soon as it has a slot, and is retried like any other
  }
  std::uint64_t given = loads;
  if (!slots_.reduce_of(ref.step))  // what a reduction takes is settled when it begins
    for (const auto& input : inputs_of(ref))
      for (const auto& part : input.parts) given += loaded(part).bytes();
  const auto learned = costs_.samples.empty() ? std::optional<std::uint64_t>()
                                              : learned_memory(costs_.samples[ref.step], given);
  return std::min(learned.value_or(given), budget);
}

/// Start every step that may.
void Reactor::admit() {
  while (const auto next = admission_.next(held_bytes_)) {
    const auto ref = next->rank.ref;
    if (is_queued_to_resume(ref))
      actions_->resume.push_back(waiting_.extract(ref).key());
    else if (plan_.steps[ref.step].unit >= 0)
      start_unit(*next);
    else
      start_step(*next);
  }
  for (const auto& blocked : admission_.take_blocked(held_bytes_)) tell_blocked(blocked);
}

/// Tell what a step waits for that has its inputs and does not fit.
void Reactor::tell_blocked(const BlockedStep& blocked) {
  const auto& claims = blocked.step.claims;
  StepBlocked told;
  std::function<std::int64_t(const Running&)> share;  // of what it waits for, per running step
  if (blocked.pool) {
    const auto of_pool = [pool = *blocked.pool](const Claims& from) {
      const auto at = std::ranges::find(from.pools, pool, &PlannedClaim::pool);
      return at == from.pools.end() ? 0 : at->amount;
    };
    told.reason = "pool";
    told.pool = plan_.pools[*blocked.pool].name;
    told.wanted = of_pool(claims);
    told.free = admission_.free_of_pool(*blocked.pool);
    share = [this, of_pool](const Running& running) {  // one that waits has given its pools back
      return waiting_.contains(running.ref) ? 0 : of_pool(running.claims);
    };
  } else if (admission_.has_slots_for(claims)) {
    told.reason = "memory";
    told.wanted = std::int64_t(claims.memory);
    told.free = std::int64_t(admission_.free_memory(held_bytes_));
    told.held = std::int64_t(held_bytes_);
    share = [](const Running& running) { return std::int64_t(running.claims.memory); };
  } else {
    told.reason = "slots";
    told.wanted = claims.slots;
    told.free = admission_.free_slots();
    share = [](const Running& running) { return running.claims.slots; };
  }
  told.holders = holders_of(share);
  emit(blocked.step.rank.ref, std::move(told), LogLevel::Debug);
}

/// The running steps with the largest shares of something.
std::vector<std::string> Reactor::holders_of(
    const std::function<std::int64_t(const Running&)>& share) const {
  std::vector<std::pair<std::int64_t, StepRef>> holders;
  for (const auto& running : running_)
    if (const auto has = share(running); has > 0) holders.emplace_back(has, running.ref);
  std::ranges::stable_sort(holders, std::greater(), &decltype(holders)::value_type::first);
  if (holders.size() > kMostHolders) holders.resize(kMostHolders);
  std::vector<std::string> keys;
  for (const auto& [has, ref] : holders) keys.push_back(slots_.key(ref));
  return keys;
}

std::int32_t Reactor::free_lane() const {
  std::int32_t lane = 0;
  while (std::ranges::any_of(running_, [&](const Running& r) { return r.lane == lane; })) ++lane;
  return lane;
}

void Reactor::start_step(const ReadyStep& ready) {
  actions_->start.push_back(begin_attempt(ready.rank.ref, ready.claims));
}

/// Note that an attempt begins, for which the claims were taken.
StepTask Reactor::begin_attempt(StepRef ref, const Claims& claims) {
  const auto& step = plan_.steps[ref.step];
  auto& slot = slots_.slot(ref);
  const auto lane = free_lane();
  emit(ref,
       StepStart{lane, std::int64_t(claims.memory), elapsed(slot.since, now_.instant).count()});
  slot.state = StepState::Running;
  slot.since = now_.instant;
  ++counts_.running;
  auto& running = running_.emplace_back(Running{ref, lane, claims});
  set_limit(step.timeout, ref, slot.attempt);
  StepTask task{ref, slot.attempt, actions_->events.back().step,
                slots_.map_keys(step.scope, ref.copy), inputs_of(ref)};
  if (raised_.contains(ref)) task.memory = claims.memory;
  if (auto refused = refused_.extract(ref)) task.refused = std::move(refused.mapped());
  for (const auto& input : task.inputs)
    for (const auto& part : input.parts) running.bytes_in += part.bytes();
  return task;
}

std::vector<TaskInput> Reactor::inputs_of(StepRef ref) {
  std::vector<TaskInput> inputs;
  inputs.reserve(plan_.steps[ref.step].inputs.size());
  for (const auto& input : plan_.steps[ref.step].inputs) inputs.push_back(input_of(ref, input));
  return inputs;
}

TaskInput Reactor::input_of(StepRef ref, const PlannedInput& input) {
  if (slots_.reduce_of(ref.step)) return reduce_input(ref, input);
  TaskInput task;
  task.gather = input.gather;
  if (const auto& first = input.sources[0];
      plan_.steps[first.step].op->outputs[first.port].stream) {
    task.stream = first;
    return task;
  }
  if (input.kind != PlannedInput::Kind::Collect) {
    for (const auto& source : input.sources) {
      const auto& value = value_of(source, ref);
      if (value || input.kind == PlannedInput::Kind::One) task.parts.push_back(value);
    }
    return task;
  }
  const auto& source = input.sources[0];
  // the reader may stand further inside than the gathered items' home
  const auto outside = plan_.scopes[slots_.copies_of(source)].parent;
  const auto home = slots_.ancestor(plan_.steps[ref.step].scope, ref.copy, outside);
  for (const auto copy : copies_to_gather(source, home, input.collect))
    if (const auto& value = value_at(source, copy)) task.parts.push_back(value);
  return task;
}

const Value& Reactor::value_of(const PlannedSource& source, StepRef reader) {
  const auto scope = slots_.copies_of(source);
  const auto copy = slots_.ancestor(plan_.steps[reader.step].scope, reader.copy, scope);
  const auto& value = value_at(source, copy);
  if (plan_.steps[source.step].join == JoinKind::None || !value) return value;
  return value.as<ValueList>().values[source.port];
}

}  // namespace penstock

// The promises that are checked while a simulated run goes on and when it has ended.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/event/lost_run.h"
#include "tests/sim/simulation.h"

namespace penstock::sim {

/// Of a step that starts, every source has ended; by the default rule every value is there.
void Simulation::check_inputs(const StepTask& task) {
  const auto& slots = reactor_.slots();
  const auto& step = plan_.steps[task.ref.step];
  for (const auto& incoming : slots.incoming(task.ref.step)) {
    if (incoming.kind != PlannedReader::Kind::Same) continue;
    promise("inputs before readers",
            is_ended(slots.slot({incoming.source.step, task.ref.copy}).state), task.key);
  }
  if (step.trigger != TriggerRule::AllSuccess) return;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const auto& input = step.inputs[i];
    if (input.kind == PlannedInput::Kind::One && !task.inputs[i].stream)
      promise("every value is there", bool(task.inputs[i].parts[0]), task.key);
    if (input.kind != PlannedInput::Kind::Collect || step.scope != 0 ||
        slots.reduce_of(task.ref.step) != nullptr)
      continue;
    const auto& source = input.sources[0];
    if (!plan_.steps[source.step].op->outputs[source.port].dynamic) continue;
    promise("a collect has every item",
            is_ended(slots.slot({source.step, 0}).state) &&
                task.inputs[i].parts.size() == items_in(slots.scope_of(source)),
            task.key);
  }
}

/// What gathers has each value of a complete manifest, whatever happened to the others.
void Simulation::check_gathered(const StepTask& task) {
  auto& slots = const_cast<RunSlots&>(reactor_.slots());
  const auto* reduce = slots.reduce_of(task.ref.step);
  if (reduce) {
    leaves_[task.ref] = 0;
    reduced_[task.ref] = {};
    for (const auto& part : task.inputs[0].parts) {
      const auto& payload = part.as<Payload>();
      leaves_[task.ref] += payload.leaves;
      reduced_[task.ref].insert(reduced_[task.ref].end(), payload.keys.begin(), payload.keys.end());
    }
  }
  const bool is_part = reduce && reduce->parts == task.ref.step;
  for (std::size_t i = 0; i < task.inputs.size() && !is_part; ++i) {
    const auto& input = plan_.steps[task.ref.step].inputs[i];
    if (input.kind != PlannedInput::Kind::Collect) continue;
    const auto& source = input.sources[0];
    const auto scope = slots.copies_of(source);
    if (slots.is_dynamic(source) || plan_.scopes[scope].parent != plan_.steps[task.ref.step].scope)
      continue;
    const auto& group = slots.group(scope, task.ref.copy);
    std::uint64_t values = 0;
    bool all_ended = group.complete;
    for (const auto copy : group.copies) {
      const auto& slot = slots.slot({source.step, copy});
      all_ended = all_ended && is_ended(slot.state);
      values += slot.state == StepState::Success && !slot.produced.empty();
    }
    promise("what gathers waits for a complete manifest", all_ended, task.key);
    if (plan_.steps[task.ref.step].trigger != TriggerRule::AllSuccess) continue;
    promise(reduce ? "a reduction takes every value once" : "a collect has every value",
            (reduce ? leaves_[task.ref] : task.inputs[i].parts.size()) == values, task.key);
  }
  if (!reduce || is_part) return;
  leaves_[task.ref] = 1;  // its result is one value for whoever reads it
  reduced_[task.ref] = {key_of(task.ref)};
}

/// The key of the innermost item that a step stands in; empty outside all items.
std::string Simulation::key_of(StepRef ref) const {
  const auto scope = plan_.steps[ref.step].scope;
  return scope == 0 ? std::string() : reactor_.slots().item(scope, ref.copy).key;
}

/// The keys of a group in the order of the last attempt that gave them; of a join, in the order of
/// its sides.
std::vector<std::string> Simulation::order_of(std::uint32_t scope, std::uint32_t parent) {
  const auto maker = plan_.scopes[scope].source.step;
  const auto& step = plan_.steps[maker];
  if (step.join == JoinKind::None) return given_[{maker, parent}];
  const auto of_side = [&](std::size_t side) {
    return order_of(reactor_.slots().copies_of(step.inputs[side].sources[0]), parent);
  };
  auto keys = of_side(0);
  for (std::size_t side = 1; side < step.inputs.size() && step.join == JoinKind::Product; ++side) {
    std::vector<std::string> longer;
    for (const auto& key : keys)
      for (const auto& more : of_side(side)) longer.push_back(key + "," + more);
    keys = std::move(longer);
  }
  return keys;
}

/// What gathers has the values in the order in which the last attempt gave the items.
void Simulation::check_order(const StepTask& task) {
  const auto& slots = reactor_.slots();
  const auto& step = plan_.steps[task.ref.step];
  const auto* reduce = slots.reduce_of(task.ref.step);
  if (reduce && reduce->parts == task.ref.step) return;  // its root has all that the parts left
  for (std::size_t i = 0; i < task.inputs.size(); ++i) {
    const auto& input = step.inputs[i];
    if (input.kind != PlannedInput::Kind::Collect || input.sources.empty()) continue;
    const auto source = reduce ? reduce->leaves : input.sources[0];
    const bool is_dynamic = slots.is_dynamic(source);
    if (input.collect.order == CollectOrder::Completed && !is_dynamic) continue;
    const auto scope = slots.copies_of(source);
    const auto outside = plan_.scopes[scope].parent;
    const auto home = slots.ancestor(step.scope, task.ref.copy, outside);
    if (!is_success(slots.slot({plan_.scopes[scope].source.step, home}).state)) continue;
    const bool has_sides = plan_.steps[source.step].join != JoinKind::None;
    std::vector<std::string> keys;
    for (const auto& part : task.inputs[i].parts) {
      if (has_sides) break;  // values of both sides
      const auto& of_part = part.as<Payload>().keys;
      keys.insert(keys.end(), of_part.begin(), of_part.end());
    }
    const auto order = order_of(scope, home);
    auto from = order.begin();
    const auto follows = [&](const std::string& key) {
      from = std::find(from, order.end(), key);
      return from != order.end() && from++ != order.end();
    };
    promise("items stand in the order of the last attempt", std::ranges::all_of(keys, follows),
            fmt::format("{} has {} of {}", task.key, join(keys, " "), join(order, " ")));
  }
}

/// Not more items under way than the step may have, unless it was allowed to in the log.
void Simulation::check_bound(StepRef ref, const Actions& actions) {
  const auto most = plan_.steps[ref.step].max_in_flight;
  auto& slots = const_cast<RunSlots&>(reactor_.slots());
  const auto key = slots.key(ref);
  const auto notes = [&](const Event& event) {
    return event.step == key && is_note_of_bound(event);
  };
  if (most == 0 || canceled_ || noted_.contains(key) || std::ranges::any_of(actions.events, notes))
    return;
  promise("never more items under way than allowed",
          slots.group(slots.scope_of({ref.step, 0}), ref.copy).in_flight <= most, key);
}

/// What running steps occupy, by what was started.
struct Simulation::Use {
  std::int64_t slots = 0;
  std::vector<std::int64_t> pools;
  int running = 0;  // steps and units that are not paused
};

/// Steps that share a stream take what they need together.
void Simulation::add_use(StepRef leader, Use& use) const {
  const auto unit = plan_.steps[leader.step].unit;
  const auto members = unit < 0 ? std::vector{leader.step} : plan_.units[std::size_t(unit)];
  std::int64_t sum = 0, widest = 1;
  for (const auto member : members) {
    sum += plan_.steps[member].cpu;
    widest = std::max(widest, std::int64_t(plan_.steps[member].cpu));
  }
  use.slots += std::max(widest, std::min(sum, std::int64_t(limits_.admission.slots)));
  for (const auto& [pool, amount] : plan_.steps[leader.step].claims) use.pools[pool] += amount;
  ++use.running;
}

Simulation::Use Simulation::use() const {
  Use use{0, std::vector<std::int64_t>(plan_.pools.size())};
  std::set<StepRef> leaders;
  for (const auto& [ref, attempt] : live_) {
    const auto unit = plan_.steps[ref.step].unit;
    const auto first = unit < 0 ? ref.step : plan_.units[std::size_t(unit)].front();
    if (!reactor_.is_waiting(ref)) leaders.insert({first, ref.copy});
  }
  for (const auto leader : leaders) add_use(leader, use);
  return use;
}

/// A step that waits lacks something, or one before it was overtaken too often.
void Simulation::check_waiting() {
  if (canceled_ || reactor_.finished()) return;
  auto used = use();
  for (const auto ref : hooking_)
    used.slots += std::min<std::int64_t>(plan_.steps[ref.step].cpu, limits_.admission.slots);
  used.running += int(hooking_.size());
  const auto held = used.running > 0 ? reactor_.held_bytes() : 0;
  const auto fits = [&](const Claims& claims) {
    for (const auto& [pool, amount] : claims.pools)
      if (used.pools[pool] + amount > plan_.pools[pool].limit) return false;
    return used.slots + claims.slots <= limits_.admission.slots &&
           held + reactor_.reserved_bytes() + claims.memory <= limits_.admission.memory;
  };
  std::vector<ReadyStep> waiting;
  reactor_.admission().each_waiting([&](const ReadyStep& ready) { waiting.push_back(ready); });
  for (const auto& ready : waiting) {
    const auto key = reactor_.slots().key(ready.rank.ref);
    const bool lacks = !fits(ready.claims);
    if (limits_.admission.max_overtakes > 1000) {
      promise("no step waits while what it needs is free", lacks, key);
      continue;
    }
    const auto is_before = [&](const ReadyStep& other) {
      return goes_before(other.rank, ready.rank) && !fits(other.claims);
    };
    promise("a step waits for what it lacks, or for one before it",
            lacks || std::ranges::any_of(waiting, is_before), key);
  }
  if (order_ % 4 == 0) check_ready_are_queued();
}

void Simulation::check_ready_are_queued() {
  std::set<StepRef> queued;
  reactor_.admission().each_waiting(
      [&](const ReadyStep& ready) { queued.insert(ready.rank.ref); });
  for (std::uint32_t step = 0; step < plan_.steps.size(); ++step)
    for (std::uint32_t copy = 0; copy < reactor_.slots().copies(step); ++copy) {
      if (reactor_.slots().slot({step, copy}).state != StepState::Ready) continue;
      const auto unit = plan_.steps[step].unit;
      const auto first = unit < 0 ? step : plan_.units[std::size_t(unit)].front();
      promise("every ready step is queued", queued.contains({first, copy}),
              reactor_.slots().key({step, copy}));
    }
}

/// Each final success and failure called its hooks once, and nothing else called any.
void Simulation::check_hooks() {
  for (std::uint32_t step = 0; step < plan_.steps.size(); ++step)
    for (std::uint32_t copy = 0; copy < reactor_.slots().copies(step); ++copy)
      for (const auto& hook : plan_.steps[step].hooks) {
        const StepRef ref{step, copy};
        const auto when = hook.def->when;
        const auto state = reactor_.slots().slot(ref).state;
        const int ends = state == (when == HookDef::When::Success ? StepState::Success
                                                                  : StepState::Failed);
        const auto found = hooks_called_.find({ref, when});
        promise("hooks match ends", (found == hooks_called_.end() ? 0 : found->second) == ends,
                reactor_.slots().key(ref));
      }
}

/// Whatever ended the run, each of its steps has ended, and the log has the end of each.
void Simulation::check_final() {
  std::int64_t steps = 0;
  for (std::uint32_t step = 0; step < plan_.steps.size(); ++step)
    for (std::uint32_t copy = 0; copy < reactor_.slots().copies(step); ++copy, ++steps) {
      const auto key = reactor_.slots().key({step, copy});
      const auto told = told_.find(key);
      promise("all steps of an ended run are final",
              is_ended(reactor_.slots().slot({step, copy}).state) && told != told_.end() &&
                  told->second.ended,
              key);
    }
  promise("each step is counted once", reactor_.counts().ended() == steps);
}

void Simulation::check_limits(bool started) {
  const auto used = use();
  promise("never more than the slots", used.slots <= limits_.admission.slots);
  for (std::size_t pool = 0; pool < plan_.pools.size(); ++pool)
    promise("never more of a pool than there is", used.pools[pool] <= plan_.pools[pool].limit,
            plan_.pools[pool].name);
  promise("what runs is what was started", reactor_.running() == std::int32_t(live_.size()));
  promise("never more reserved than the budget",
          reactor_.reserved_bytes() <= limits_.admission.memory);
  if (started && used.running > 1)  // steps that share a stream start as one
    promise("never more than the budget while several run",
            reactor_.reserved_bytes() + reactor_.held_bytes() <= limits_.admission.memory,
            std::to_string(reactor_.reserved_bytes()) + " reserved, " +
                std::to_string(reactor_.held_bytes()) + " held");
}

/// Values between the steps of a chain: no more than slots × its length, however many items.
void Simulation::check_chain() {
  std::size_t live = 0;
  for (std::uint32_t step = 1; step < plan_.steps.size(); ++step)
    for (std::uint32_t copy = 0; copy < reactor_.slots().copies(step); ++copy) {
      const auto& slot = reactor_.slots().slot({step, copy});
      live += slot.outputs && slot.outputs[0].value;
    }
  const auto bound = std::size_t(limits_.admission.slots) * (plan_.steps.size() - 1);
  promise("depth first holds slots x chain at most", live <= bound,
          std::to_string(live) + " values, at most " + std::to_string(bound));
}

void Simulation::check_end() {
  if (reactor_.status() == RunStatus::Success) {
    RunSuccess success;
    success.dropped = reactor_.dropped_failures();
    tell(std::move(success));
  }
  if (reactor_.status() == RunStatus::Failure) tell(RunFailure{});
  if (reactor_.status() == RunStatus::Canceled) tell(RunCanceled{});
  promise("nothing runs at the end", reactor_.counts().running == 0 && live_.empty());
  promise("no reservation outlives the run", reactor_.reserved_bytes() == 0);
  promise("the record ends as the run", record_.status == reactor_.status());
  promise("the record's counts are the reactor's", record_.steps == reactor_.counts());
  check_told();
  check_replay();
  check_final();
  check_hooks();
  if (!canceled_) check_complete();
}

/// The process is gone: who comes next has the events and nothing else.
void Simulation::check_recovery() {
  check_told();
  LostRun lost(record_);
  for (const auto& event : events_) lost.apply(event);
  std::map<std::string, std::int32_t> live;
  for (const auto& [ref, attempt] : live_) {
    live[reactor_.slots().key(ref)] = attempt;
    if (const auto unit = plan_.steps[ref.step].unit; unit >= 0)  // they end together
      for (const auto member : plan_.units[std::size_t(unit)])
        live[reactor_.slots().key({member, ref.copy})] = attempt;
  }
  promise("recovery knows what ran", lost.running() == live);
  const auto succeeded = record_.steps.succeeded;
  for (auto& event : lost.end_as_lost(now().time)) {
    if (!event.step.empty()) event.body.visit(Teller{*this, event, told_[event.step]});
    record(std::move(event));
  }
  for (const auto& [key, told] : told_)
    promise("all started steps of a killed run are final",
            told.state == StepState::Waiting || told.ended, key);
  promise("recovery ends a killed run",
          is_final(record_.status) && record_.status != RunStatus::Success);
  promise("recovery leaves nothing running", record_.steps.running == 0);
  promise("recovery keeps what had finished", record_.steps.succeeded == succeeded);
  check_replay();
}

void Simulation::check_replay() {
  RunRecord again;
  for (const auto& event : events_)
    promise("a log that was written can be replayed", fold(again, event).ok());
  promise("replay gives the same record", again == record_);
}

/// The events alone give every step the state that it has.
void Simulation::check_told() {
  for (std::uint32_t step = 0; step < plan_.steps.size(); ++step)
    for (std::uint32_t copy = 0; copy < reactor_.slots().copies(step); ++copy) {
      const StepRef ref{step, copy};
      const auto key = reactor_.slots().key(ref);
      const auto state = reactor_.slots().slot(ref).state;
      const auto found = told_.find(key);
      const auto told = found == told_.end() ? StepState::Waiting : found->second.state;
      // Becoming ready is no event: with free slots it lasts no time.
      const bool same =
          told == state || (state == StepState::Ready &&
                            (told == StepState::Waiting || told == StepState::RetryWait));
      promise("events replay to the same states", same, key);
    }
}

void Simulation::check_complete() {
  promise("no value outlives its last reader", reactor_.held_bytes() == 0);
  for (std::uint32_t i = 0; i < plan_.steps.size(); ++i) {
    const auto scope = plan_.steps[i].scope;
    std::uint32_t kept = 0;
    for (std::uint32_t copy = 0; copy < reactor_.slots().copies(i); ++copy)
      kept += !reactor_.slots().is_discarded(scope, copy);
    promise("no item is lost", scope == 0 || kept == items_in(scope), plan_.steps[i].path);
  }
  if (reactor_.status() == RunStatus::Success)
    promise("a run succeeds when nothing failed, or what failed was left out",
            reactor_.counts().failed == reactor_.dropped_failures());
  else
    promise("a run fails when something failed", reactor_.counts().failed > 0);
}

std::uint32_t Simulation::items_in(std::uint32_t scope) const {
  std::uint32_t items = 0;
  auto& slots = const_cast<RunSlots&>(reactor_.slots());
  const auto outside = plan_.scopes[scope].parent;
  for (std::uint32_t copy = 0; copy < slots.copies_in(outside); ++copy)
    if (!slots.is_discarded(outside, copy))
      items += std::uint32_t(slots.group(scope, copy).copies.size());
  return items;
}

}  // namespace penstock::sim

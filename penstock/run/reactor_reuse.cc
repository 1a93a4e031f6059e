// Steps that an earlier run has done: they end when they come into being, and what they gave is
// read from where that run stored it.
#include "penstock/run/reactor.h"
#include "penstock/run/stored_source.h"

namespace penstock {

/// Mark a copy that need not run; of one that has to, take the attempt that it begins with.
void Reactor::recall(StepRef ref) {
  auto& slot = slots_.slot(ref);
  const bool held = plan_.steps[ref.step].held;
  if (plan_.reused.empty() && plan_.attempts.empty() && !held) return;
  const auto key = slots_.key(ref);
  unended_.erase(key);
  if (held || (plan_.reused.contains(key) && known_join(ref) == nullptr))
    slot.state = StepState::Known;
  else if (const auto attempt = plan_.attempts.find(key); attempt != plan_.attempts.end())
    slot.attempt = attempt->second;
}

/// What an earlier run has of a join; null when it has nothing. The join makes its items of its
/// sides once more, and nothing is told of them.
const ReusedStep* Reactor::known_join(StepRef join) const {
  if (plan_.reused.empty() || plan_.steps[join.step].join == JoinKind::None) return nullptr;
  const auto found = plan_.reused.find(slots_.key(join));
  return found == plan_.reused.end() || found->second.run.empty() ? nullptr : &found->second;
}

/// End a copy as an earlier run has it. What the log of a resumed run tells already is not told
/// again, but counts. A join has its items already.
void Reactor::end_as_known(StepRef ref) {
  static const ReusedStep kNotSelected = [] {
    ReusedStep step;
    step.end = ReusedStep::End::Skipped;
    step.reason = "not selected";
    return step;
  }();
  const auto found = plan_.reused.find(slots_.key(ref));
  const auto& known = found == plan_.reused.end() ? kNotSelected : found->second;
  if (known.end == ReusedStep::End::Failed) ++known_failures_;
  auto ending = known_ending(known);
  const auto state = ending.state;
  end(ref, std::move(ending));
  auto& produced = slots_.slot(ref).produced;
  produced = known.produced;
  if (known_join(ref) != nullptr) produced.insert_all(plan_.steps[ref.step].op->outputs.size());
  hold_reused(ref, known);
  for (const auto& item : known.items) open_reused(ref, item);
  const auto& step = plan_.steps[ref.step];
  const auto ports = step.join == JoinKind::None ? step.op->outputs.size() : 1;
  for (std::uint32_t port = 0; port < ports && state == StepState::Reused && !known.told; ++port)
    if (step.op->outputs[port].dynamic) emit_complete(ref, port, {});
}

/// The end of a step that this run does not run. What the log of a resumed run has is not logged
/// again, but counts.
Reactor::Ending Reactor::known_ending(const ReusedStep& known) const {
  Ending ending{.is_known = true};
  const bool is_own = known.run.empty() || known.run == run_;  // not of an earlier run
  ending.is_reused = !is_own;
  switch (known.end) {
    case ReusedStep::End::Succeeded:
      ending.state = StepState::Reused;
      ending.event = StepReused{known.run.to_string()};
      break;
    case ReusedStep::End::Skipped:
      ending.state = StepState::Skipped;
      if (known.run.empty())
        ending.event = StepSkipped{known.reason};
      else
        ending.event = StepReused{known.run.to_string(), "it was skipped there: " + known.reason};
      break;
    case ReusedStep::End::Failed:
      ending.state = StepState::Failed;
      ending.facts.error = make_error(ErrorCode::UserFailure, known.reason);
      ending.is_reused = false;
      return ending;
    case ReusedStep::End::UpstreamFailed:
      ending.state = StepState::UpstreamFailed;
      ending.event = StepUpstreamFailed{{}, known.reason};
      ending.level = LogLevel::Warning;
      ending.is_reused = false;
  }
  if (known.told) ending.event.reset();
  return ending;
}

void Reactor::hold_reused(StepRef ref, const ReusedStep& reused) {
  const auto& outputs = plan_.steps[ref.step].op->outputs;
  std::vector<Value> values(outputs.size());
  for (std::uint32_t port = 0; port < outputs.size(); ++port)
    if (outputs[port].nothing && reused.produced.contains(port))
      values[port] = Value::make(Nothing());
  for (const auto& [port, value] : reused.values)
    values[port] = Value::make(StoredSource(value, *outputs[port].type));
  for (std::uint32_t port = 0; port < outputs.size(); ++port)
    if (values[port] && !outputs[port].dynamic) hold_output(ref, port, std::move(values[port]), 0);
}

void Reactor::open_reused(StepRef ref, const ReusedStep::Item& item) {
  const auto& output = plan_.steps[ref.step].op->outputs[item.port];
  Value value;
  if (output.nothing)
    value = Value::make(Nothing());
  else if (item.value)
    value = Value::make(StoredSource(*item.value, *output.type));
  add_item(slots_.scope_of({ref.step, item.port}), ref.copy, item.key, {std::move(value), 0, 0});
}

/// A reader has ended: a value that it loaded, and that others will read, counts from now on. Until
/// then its reservation stood for it.
void Reactor::count_loaded(HeldValue& held) {
  const auto* source = StoredSource::of(held.value);
  if (source == nullptr || held.bytes != 0 || !source->is_loaded()) return;
  held.bytes = source->size();
  held_bytes_ += held.bytes;
}

void Reactor::count_loaded(const PlannedSource& source, std::uint32_t copy) {
  if (auto* held = held_of(source, copy)) count_loaded(*held);
  if (plan_.steps[source.step].join != JoinKind::None)  // the sides of the item hold its values
    for (std::size_t side = 0; side < plan_.steps[source.step].inputs.size(); ++side)
      count_loaded(plan_.steps[source.step].inputs[side].sources[0],
                   side_of(source.step, copy, side));
}

/// What is held of copy `copy` of a source; null when nothing is.
HeldValue* Reactor::held_of(const PlannedSource& source, std::uint32_t copy) {
  if (slots_.is_dynamic(source)) return &slots_.item(slots_.scope_of(source), copy).held;
  const auto& slot = slots_.slot({source.step, copy});
  return slot.outputs ? &slot.outputs[source.port] : nullptr;
}

/// The value itself, where it has been loaded.
Value Reactor::loaded(const Value& value) {
  const auto* source = StoredSource::of(value);
  return source == nullptr ? value : source->value();
}

/// What the inputs of a step will take that are not in memory yet.
std::uint64_t Reactor::bytes_to_load(StepRef ref) {
  std::uint64_t bytes = 0;
  if (plan_.reused.empty()) return bytes;
  for (const auto& input : inputs_of(ref))
    for (const auto& part : input.parts)
      StoredSource::each_in(part, [&](const StoredSource& source) {
        if (!source.is_loaded()) bytes += source.size();
      });
  return bytes;
}

}  // namespace penstock

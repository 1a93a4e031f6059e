// Values that outlive a run that did not succeed: what readers would have needed.
#include <utility>

#include "penstock/run/reactor.h"

namespace penstock {
namespace {

bool ended_badly(StepState state) {
  return state == StepState::Failed || state == StepState::UpstreamFailed ||
         state == StepState::Canceled;
}

}  // namespace

/// A step ended without success: what it would have read is to be stored.
/// To be called before its inputs are released.
void Reactor::need_inputs(StepRef reader) {
  if (!limits_.keep_needed || !ended_badly(slots_.slot(reader).state)) return;
  const auto scope = plan_.steps[reader.step].scope;
  for (const auto& incoming : slots_.incoming(reader.step)) {
    const auto& source = incoming.source;
    const auto copies = slots_.copies_of(source);
    if (incoming.kind == PlannedReader::Kind::Stream) continue;  // its unit runs as a whole
    if (incoming.kind == PlannedReader::Kind::Part) continue;    // what it combined is made anew
    if (is_gathering(incoming.kind)) {
      for (const auto copy : slots_.group(copies, reader.copy).copies) need(source, copy);
    } else {
      need(source, slots_.ancestor(scope, reader.copy, copies));
    }
  }
}

/// Copy `copy` of an output, or the item of that number of a dynamic one.
void Reactor::need(const PlannedSource& source, std::uint32_t copy) {
  if (plan_.steps[source.step].join != JoinKind::None) return need_sides(source.step, copy);
  auto* held = held_of(source, copy);
  if (held != nullptr && held->value && !std::exchange(held->is_needed, true))
    hand_out(source, copy, held->value);
}

/// An item of a join is what its sides gave. A zip has taken their values over.
void Reactor::need_sides(std::uint32_t join, std::uint32_t copy) {
  auto& item = slots_.item(slots_.scope_of({join, 0}), copy).held;
  if (!item.value || std::exchange(item.is_needed, true)) return;
  const auto& values = item.value.as<ValueList>().values;
  for (std::size_t side = 0; side < values.size(); ++side) {
    const auto& source = plan_.steps[join].inputs[side].sources[0];
    const auto side_copy = side_of(join, copy, side);
    const auto* held = held_of(source, side_copy);
    if (held != nullptr && held->value)
      need(source, side_copy);
    else
      hand_out(source, side_copy, values[side]);
  }
}

void Reactor::hand_out(const PlannedSource& source, std::uint32_t copy, const Value& value) {
  const auto& step = plan_.steps[source.step];
  const auto& output = step.op->outputs[source.port];
  if (step.keep_of(source.port) != Keep::Failed || step.io_of(source.port) || output.nothing)
    return;
  if (!value || !value.type()->portable()) return;
  const auto scope = slots_.copies_of(source);
  const StepRef giver{source.step, output.dynamic ? slots_.item(scope, copy).parent : copy};
  actions_->needed.push_back({giver, slots_.slot(giver).attempt, slots_.key(giver), source.port,
                              output.dynamic ? slots_.item(scope, copy).key : std::string(),
                              value});
}

}  // namespace penstock

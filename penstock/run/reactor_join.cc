// Zip and product: steps that the engine does itself. They make items as their sides have them, and
// end when all sides are complete.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "penstock/base/text.h"
#include "penstock/run/reactor.h"

namespace penstock {

namespace {
constexpr auto kNoCopy = UINT32_MAX;
constexpr std::size_t kNamedKeys = 5;

/// A source that stands for several sides is one reader of its values.
bool is_first_use(const PlannedStep& join, std::size_t side) {
  for (std::size_t before = 0; before < side; ++before)
    if (join.inputs[before].sources == join.inputs[side].sources) return false;
  return true;
}
}  // namespace

/// A copy of one of the sides ended.
void Reactor::join_hears(StepRef join, const PlannedSource& source, std::uint32_t copy) {
  if (hears_no_more(join) || status_ == RunStatus::Canceling) return;
  const auto& step = plan_.steps[join.step];
  for (std::size_t side = 0; side < step.inputs.size(); ++side) {
    if (step.inputs[side].sources[0] != source) continue;
    if (step.join == JoinKind::Zip)
      join_key(join, side, slots_.item(slots_.copies_of(source), copy).key, copy);
    else
      join_choices(join, side, copy);
  }
}

void Reactor::join_key(StepRef join, std::size_t side, const std::string& key, std::uint32_t copy) {
  auto& keys = joins_[join].keys;
  auto& sides = keys[key];
  sides.resize(plan_.steps[join.step].inputs.size(), kNoCopy);
  sides[side] = copy;
  if (std::ranges::find(sides, kNoCopy) != sides.end()) return;
  const auto complete = std::move(keys.extract(key).mapped());
  make_joined(join, key, complete);
}

/// Every choice of items of the other sides makes one with this item.
void Reactor::join_choices(StepRef join, std::size_t side, std::uint32_t copy) {
  const auto& inputs = plan_.steps[join.step].inputs;
  auto& ended = joins_[join].ended;
  ended.resize(inputs.size());
  ended[side].push_back(copy);
  std::vector<std::vector<std::uint32_t>> choices{{}};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<std::vector<std::uint32_t>> longer;
    for (const auto& choice : choices)
      for (const auto other : i == side ? std::vector{copy} : ended[i]) {
        longer.push_back(choice);
        longer.back().push_back(other);
      }
    choices = std::move(longer);
  }
  for (const auto& choice : choices) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      keys.push_back(slots_.item(slots_.copies_of(inputs[i].sources[0]), choice[i]).key);
    make_joined(join, penstock::join(keys, ","), choice);
  }
}

/// Make an item of one copy per side. The sides of a zip are handed over; those of a product are
/// held until all its items are done.
void Reactor::make_joined(StepRef join, std::string key, const std::vector<std::uint32_t>& sides) {
  const auto& step = plan_.steps[join.step];
  ValueList list;
  StepOutput event;
  event.mapping_key = key;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    list.values.push_back(value_at(step.inputs[i].sources[0], sides[i]));
    event.bytes += std::int64_t(list.values.back().bytes());
    event.value_type += (i > 0 ? " and " : "") + step.op->outputs[i].type->name;
  }
  const bool hands_over = step.join == JoinKind::Zip;
  HeldValue held{Value::make(std::move(list)), hands_over ? std::uint64_t(event.bytes) : 0, 0};
  if (known_join(join) == nullptr) emit(join, std::move(event));
  add_item(slots_.scope_of({join.step, 0}), join.copy, std::move(key), std::move(held), sides);
  if (!hands_over) return;
  for (std::size_t i = 0; i < sides.size(); ++i)
    if (is_first_use(step, i)) release_copy(step.inputs[i].sources[0], sides[i]);
}

/// All sides have ended: the items of the join are in the order of its sides, however they came.
void Reactor::sort_joined(StepRef join) {
  const auto& step = plan_.steps[join.step];
  const auto scope = slots_.scope_of({join.step, 0});
  const auto width = step.inputs.size();
  std::vector<std::unordered_map<std::uint32_t, std::size_t>> places(width);
  for (std::size_t side = 0; side < width; ++side) {
    const auto of_side = slots_.copies_of(step.inputs[side].sources[0]);
    for (const auto copy : slots_.group(of_side, join.copy).copies)
      places[side].emplace(copy, places[side].size());
  }
  std::vector<std::pair<std::vector<std::size_t>, std::uint32_t>> placed;
  auto& copies = slots_.group(scope, join.copy).copies;
  for (const auto copy : copies) {
    placed.emplace_back(width, copy);
    for (std::size_t side = 0; side < width; ++side)
      placed.back().first[side] = places[side].at(sides_[scope][copy * width + side]);
  }
  std::ranges::sort(placed);
  std::ranges::transform(placed, copies.begin(), [](const auto& each) { return each.second; });
}

void Reactor::end_join(StepRef join) {
  if (known_join(join) != nullptr) return end_as_known(join);
  emit(join, StepStart{free_lane(), 0, 0});
  auto status = unmatched(join);
  slots_.slot(join).produced.insert_all(plan_.steps[join.step].op->outputs.size());
  if (status.ok()) {
    const auto first_event = actions_->events.size();
    emit_complete(join, 0, {});
    Ending ending{.event = StepSuccess{}};
    ending.facts = facts_of(first_event);
    return end(join, std::move(ending));
  }
  slots_.slot(join).since = now_.instant;
  StepResult result;
  result.status = std::move(status);
  fail({join, free_lane(), {}}, std::move(result));
}

/// The keys of a zip that not all sides have, as an error.
Status Reactor::unmatched(StepRef join) const {
  const auto state = joins_.find(join);
  if (state == joins_.end()) return {};
  const auto& step = plan_.steps[join.step];
  const auto width = step.inputs.size();
  std::map<std::string, std::vector<bool>> has;  // per side
  for (const auto& [key, sides] : state->second.keys) {
    auto& of_key = has[key];
    for (const auto side : sides) of_key.push_back(side != kNoCopy);
  }
  for (const auto& [key, sides] : state->second.withdrawn) {
    auto& of_key = has.try_emplace(key, width, true).first->second;
    for (const auto side : sides) of_key[side] = false;
  }
  if (has.empty()) return {};
  std::vector<std::string> texts;
  for (const auto& [key, sides] : has) {
    if (texts.size() == kNamedKeys) break;
    std::vector<std::string> with, without;
    for (std::size_t i = 0; i < width; ++i)
      (sides[i] ? with : without).push_back(plan_.steps[step.inputs[i].sources[0].step].path);
    texts.push_back(fmt::format("{} is an item of {} and not of {}", quote(key),
                                penstock::join(with, ", "), penstock::join(without, ", ")));
  }
  const auto more = has.size() - texts.size();
  auto error = make_error(ErrorCode::UserFailure,
                          "a zip needs every key on all sides: " + penstock::join(texts, "; ") +
                              (more > 0 ? fmt::format("; and {} more", more) : std::string()));
  error.allow_retries = false;
  return error;
}

/// The side of a reader's item that a source stands for, when a step made it.
std::optional<Reactor::Side> Reactor::side_step(StepRef reader, const PlannedSource& source) const {
  const auto& join = plan_.steps[source.step];
  if (join.join == JoinKind::None) return {};
  const auto scope = slots_.scope_of(source);
  const auto copy = slots_.ancestor(plan_.steps[reader.step].scope, reader.copy, scope);
  const auto& side = join.inputs[source.port].sources[0];
  if (slots_.is_dynamic(side)) return {};
  return Side{{side.step, side_of(source.step, copy, source.port)}, side.port};
}

/// What a join holds of its sides and will not need any more.
void Reactor::release_sides(StepRef join) {
  const auto at = joins_.find(join);
  if (at == joins_.end()) return;
  const auto state = std::move(at->second);
  joins_.erase(at);
  const auto& step = plan_.steps[join.step];
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    if (!is_first_use(step, i)) continue;
    const auto& source = step.inputs[i].sources[0];
    for (const auto& [key, sides] : state.keys)
      if (sides[i] != kNoCopy) release_copy(source, sides[i]);
    if (i < state.ended.size())
      for (const auto copy : state.ended[i]) release_copy(source, copy);
  }
}

/// A side of a zip has a key no more: the others must not have it either.
void Reactor::withdraw_key(StepRef zip, std::size_t side, std::uint32_t copy, bool was_joined) {
  const auto& inputs = plan_.steps[zip.step].inputs;
  const auto& key = slots_.item(slots_.copies_of(inputs[side].sources[0]), copy).key;
  auto& state = joins_[zip];
  if (const auto open = state.keys.find(key);
      open != state.keys.end() && open->second[side] == copy) {
    open->second[side] = kNoCopy;
    if (std::ranges::all_of(open->second, [](auto each) { return each == kNoCopy; }))
      state.keys.erase(open);
  }
  if (!was_joined && !state.withdrawn.contains(key)) return;
  auto& withdrawn = state.withdrawn[key];
  withdrawn.insert(side);
  if (withdrawn.size() == inputs.size()) state.withdrawn.erase(key);
}

/// An item was discarded: so are the joined ones that it is a side of.
void Reactor::discard_joined(std::uint32_t scope, std::uint32_t copy, const std::string& by) {
  const auto home = slots_.item(scope, copy).parent;
  for (std::uint32_t joined = 1; joined < plan_.scopes.size(); ++joined) {
    const auto maker = plan_.scopes[joined].source.step;
    const auto& step = plan_.steps[maker];
    if (step.join == JoinKind::None || plan_.scopes[joined].parts) continue;
    const auto width = step.inputs.size();
    for (std::size_t side = 0; side < width; ++side) {
      if (slots_.copies_of(step.inputs[side].sources[0]) != scope) continue;
      if (const auto state = joins_.find({maker, home});
          state != joins_.end() && side < state->second.ended.size())
        std::erase(state->second.ended[side], copy);
      DynamicChanged change;
      std::vector<std::uint32_t> gone;
      for (const auto item : slots_.group(joined, home).copies)
        if (sides_[joined][item * width + side] == copy) gone.push_back(item);
      for (const auto item : gone) {
        change.discarded.push_back(slots_.item(joined, item).key);
        std::erase(slots_.group(joined, home).copies, item);
      }
      if (step.join == JoinKind::Zip) withdraw_key({maker, home}, side, copy, !gone.empty());
      if (!gone.empty()) emit({maker, home}, std::move(change), LogLevel::Warning);
      for (const auto item : gone) discard(joined, item, by);
    }
  }
}

}  // namespace penstock

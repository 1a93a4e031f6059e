// Reductions: neighbouring values are combined as they come, by copies of a step in a scope of its
// own; what is left when all have come goes to the step that gives the result.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/run/reactor.h"

namespace penstock {

/// Items whose producer may be tried again may go away or change places, and what was combined of
/// them with it: then nothing is combined before the items are known for good. Neither is their
/// order, of a join.
bool Reactor::reduces_early(const PlannedReduce& reduce) const {
  const auto& maker = plan_.steps[plan_.scopes[slots_.copies_of(reduce.leaves)].source.step];
  return maker.join == JoinKind::None && maker.retry.max_retries == 0 && maker.unit < 0;
}

Reactor::ReduceState& Reactor::reduce_state(const PlannedReduce& reduce, std::uint32_t parent) {
  const auto at = reduces_.find({reduce.root, parent});
  if (at != reduces_.end()) return at->second;
  return reduces_
      .try_emplace({reduce.root, parent}, reduce.options.fan_in, reduces_early(reduce))
      .first->second;
}

/// The producer of the items is tried again without a policy that says so: its op asked for it, or
/// its process died. What was not combined yet waits for the items of the next attempt.
void Reactor::reduce_late(std::uint32_t scope, std::uint32_t parent) {
  for (const auto& reduce : plan_.reduces) {
    if (slots_.copies_of(reduce.leaves) != scope || hears_no_more({reduce.root, parent})) continue;
    auto& state = reduce_state(reduce, parent);
    if (!state.early || state.started) continue;
    state.early = false;
    state.tree = ReduceTree(reduce.options.fan_in);
  }
}

/// A later attempt of a producer succeeded. An error when values were combined by the places that
/// an earlier attempt gave them, and it gives them others: the result would be that of neither.
Status Reactor::check_reduced(StepRef maker) {
  if (slots_.slot(maker).attempt == 0) return {};
  for (const auto& reduce : plan_.reduces) {
    const auto scope = slots_.copies_of(reduce.leaves);
    if (plan_.scopes[scope].source.step != maker.step) continue;
    const auto& group = slots_.group(scope, maker.copy);
    const auto state = reduces_.find({reduce.root, maker.copy});
    if (state == reduces_.end() || !state->second.started || group.copies == group.again) continue;
    auto error = make_error(
        ErrorCode::UserFailure,
        fmt::format("this attempt gave other items than the attempt before it, or gave them in "
                    "another order, and {} has combined some of those already; set a retry policy "
                    "with max_retries on the op, so that the reduction waits for its last attempt",
                    slots_.key({reduce.root, maker.copy})),
        "items_changed");
    error.allow_retries = false;
    return error;
  }
  return {};
}

void Reactor::reduce_hears(const PlannedReduce& reduce, std::uint32_t parent, std::uint32_t copy,
                           Arrival arrival) {
  if (hears_no_more({reduce.root, parent})) return;
  auto& state = reduce_state(reduce, parent);
  state.failed += arrival == Arrival::Failed;
  if (!state.early) return;
  const auto& copies = slots_.group(slots_.copies_of(reduce.leaves), parent).copies;
  const auto place = std::ranges::lower_bound(copies, copy) - copies.begin();
  state.tree.expect(copies.size());
  state.tree.put_leaf(narrow<std::uint32_t>(place),
                      arrival == Arrival::Good ? std::optional(copy) : std::nullopt);
  start_parts(reduce, parent);
}

/// All items are known, and each has ended.
void Reactor::leaves_ended(const PlannedReduce& reduce, std::uint32_t parent) {
  if (hears_no_more({reduce.root, parent})) return;
  auto& state = reduce_state(reduce, parent);
  const auto& leaves = slots_.group(slots_.copies_of(reduce.leaves), parent);
  const auto copies = leaves.copies;
  if (!slots_.is_dynamic(reduce.leaves))
    state.failed = leaves.failed[slots_.rank(reduce.leaves.step)];
  if (!state.early)
    for (std::uint32_t i = 0; i < copies.size(); ++i)
      state.tree.put_leaf(
          i, value_at(reduce.leaves, copies[i]) ? std::optional(copies[i]) : std::nullopt);
  state.tree.finish(narrow<std::uint32_t>(copies.size()));
  start_parts(reduce, parent);
  tell_root(reduce, parent);
}

/// Combine what can be, unless the result cannot come any more.
void Reactor::start_parts(const PlannedReduce& reduce, std::uint32_t parent) {
  auto& state = reduce_state(reduce, parent);
  if (state.lost == Arrival::Failed || state.failed > reduce.options.drop_failed) return;
  for (auto& part : state.tree.take_ready()) {
    const auto key = std::to_string(part.level) + "-" + std::to_string(part.index);
    const auto copy = slots_.add_copy(reduce.scope, parent, key, {});
    slots_.group(reduce.scope, parent).copies.push_back(copy);
    state.running.emplace(copy, std::move(part));
    state.started = true;
    open_copy(reduce.scope, copy);
    if (slots_.item(reduce.scope, copy).live > 0) ++slots_.group(reduce.scope, parent).in_flight;
  }
}

void Reactor::part_ended(StepRef ref) {
  const auto& reduce = *slots_.reduce_of(ref.step);
  const auto parent = slots_.item(reduce.scope, ref.copy).parent;
  auto& state = reduce_state(reduce, parent);
  const auto part = std::move(state.running.extract(ref.copy).mapped());
  for (const auto& node : part.inputs) release_node(reduce, node);
  const auto arrival = arrival_of(slots_.slot(ref), 0);
  if (arrival != Arrival::Good && state.lost != Arrival::Failed) state.lost = arrival;
  state.tree.put_part(part, arrival == Arrival::Good ? std::optional(ref.copy) : std::nullopt);
  start_parts(reduce, parent);
  tell_root(reduce, parent);
}

/// Let the step that gives the result know when nothing is left to be combined before it.
void Reactor::tell_root(const PlannedReduce& reduce, std::uint32_t parent) {
  auto& state = reduce_state(reduce, parent);
  const bool is_doomed = state.lost == Arrival::Failed || state.failed > reduce.options.drop_failed;
  const auto& leaves = slots_.group(slots_.copies_of(reduce.leaves), parent);
  const bool all_ended =
      leaves.complete && (slots_.is_dynamic(reduce.leaves) ||
                          leaves.ended[slots_.rank(reduce.leaves.step)] == leaves.copies.size());
  if (!all_ended || !state.running.empty() || (!is_doomed && !state.tree.finished())) return;
  auto& parts = slots_.group(reduce.scope, parent);
  if (parts.complete) return;
  parts.complete = true;
  const StepRef root{reduce.root, parent};
  auto arrival = collected(reduce.leaves, parent, root, reduce.options.drop_failed);
  if (state.lost && arrival != Arrival::Failed) arrival = *state.lost;
  arrive(root, arrival);
}

/// What a part combines, or the root.
TaskInput Reactor::reduce_input(StepRef ref, const PlannedInput& input) {
  const auto& reduce = *slots_.reduce_of(ref.step);
  const bool is_root = reduce.root == ref.step;
  const auto parent = is_root ? ref.copy : slots_.item(reduce.scope, ref.copy).parent;
  auto& state = reduce_state(reduce, parent);
  TaskInput task{{}, input.gather};
  for (const auto& node : is_root ? state.tree.rest() : state.running.at(ref.copy).inputs)
    task.parts.push_back(
        value_at(node.is_part ? PlannedSource{reduce.parts, 0} : reduce.leaves, node.copy));
  return task;
}

void Reactor::release_node(const PlannedReduce& reduce, const ReduceTree::Node& node) {
  release_copy(node.is_part ? PlannedSource{reduce.parts, 0} : reduce.leaves, node.copy);
}

/// The root ended: what it took, or what nobody took, is not needed any more.
void Reactor::release_rest(StepRef root) {
  const auto& reduce = *slots_.reduce_of(root.step);
  const auto at = reduces_.find(root);
  if (at == reduces_.end()) return;
  for (const auto& node : at->second.tree.rest()) release_node(reduce, node);
  reduces_.erase(at);
}

}  // namespace penstock

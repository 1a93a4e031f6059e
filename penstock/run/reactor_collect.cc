// Collecting: which failed items a reader can do without, and in which order it gets the others.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/run/reactor.h"

namespace penstock {

namespace {
bool is_failure(StepState state) {
  return state == StepState::Failed || state == StepState::UpstreamFailed ||
         state == StepState::Canceled;
}
}  // namespace

/// How all copies of a source arrive at a step that does without up to `may_fail` of them. What is
/// left out is logged.
Arrival Reactor::collected(const PlannedSource& source, std::uint32_t parent, StepRef reader,
                           std::uint32_t may_fail) {
  const auto scope = slots_.copies_of(source);
  auto& group = slots_.group(scope, parent);
  if (slots_.is_dynamic(source) || group.outcome != Arrival::Good) return group.outcome;
  const auto failed = group.failed[slots_.rank(source.step)];
  if (failed == 0) return Arrival::Good;
  const auto& step = plan_.steps[source.step];
  if (failed > may_fail) {
    if (may_fail > 0)
      too_many_failed_[reader] = fmt::format("{} of {} items of {} failed, and at most {} may",
                                             failed, group.copies.size(), step.path, may_fail);
    return Arrival::Failed;
  }
  ItemsDropped dropped{step.path + "." + step.op->outputs[source.port].name, {}, may_fail};
  std::set<StepRef> seen;
  std::vector<StepRef> causes;
  std::vector<std::uint32_t> copies;
  for (const auto copy : group.copies) {
    if (!is_failure(slots_.slot({source.step, copy}).state)) continue;
    if (!causes_inside({source.step, copy}, scope, seen, causes)) return Arrival::Failed;
    copies.push_back(copy);
    dropped.keys.push_back(slots_.item(scope, copy).key);
  }
  for (const auto copy : copies) dropped_.emplace(scope, copy);
  excused_.insert(causes.begin(), causes.end());
  if (!is_ended(slots_.slot(reader).state)) emit(reader, std::move(dropped), LogLevel::Warning);
  return Arrival::Good;
}

/// The failed steps that a step of an item did not succeed because of. False when one of them
/// stands outside the items: leaving out the item does not mend that.
bool Reactor::causes_inside(StepRef ref, std::uint32_t scope, std::set<StepRef>& seen,
                            std::vector<StepRef>& causes) {
  if (!seen.insert(ref).second) return true;
  const auto state = slots_.slot(ref).state;
  if (state == StepState::Failed) return causes.push_back(ref), true;
  if (state != StepState::UpstreamFailed) return false;
  for (const auto& source : failed_sources(ref)) {
    const auto at = plan_.steps[source.step].scope;
    const bool is_inside = plan_.contains(scope, at);
    const bool is_side = plan_.scopes[at].parent == plan_.scopes[scope].parent && at != 0;
    if (!is_inside && !is_side) return false;
    if (!causes_inside(source, is_inside ? scope : at, seen, causes)) return false;
  }
  return true;
}

/// The failed steps that a step directly reads from or waits for.
std::vector<StepRef> Reactor::failed_sources(StepRef ref) {
  std::vector<StepRef> failed;
  const auto scope = plan_.steps[ref.step].scope;
  const auto add = [&](StepRef source, std::uint32_t port) {
    const auto& slot = slots_.slot(source);
    if (is_ended(slot.state) && arrival_of(slot, port) == Arrival::Failed) failed.push_back(source);
  };
  for (const auto& incoming : slots_.incoming(ref.step)) {
    const auto& source = incoming.source;
    if (incoming.kind == PlannedReader::Kind::Item) {
      if (const auto side = side_step(ref, source)) add(side->ref, side->port);
    } else if (is_gathering(incoming.kind)) {
      add_failed_copies(source, ref.copy, failed);
    } else {
      add({source.step, slots_.ancestor(scope, ref.copy, plan_.steps[source.step].scope)},
          source.port);
    }
  }
  if (const auto* reduce = slots_.reduce_of(ref.step); reduce && reduce->root == ref.step)
    for (const auto copy : slots_.group(reduce->scope, ref.copy).copies)
      add({reduce->parts, copy}, 0);
  return failed;
}

void Reactor::add_failed_copies(const PlannedSource& source, std::uint32_t parent,
                                std::vector<StepRef>& failed) {
  const auto items = slots_.copies_of(source);
  if (items == 0) return;
  const auto& group = slots_.group(items, parent);
  if (!slots_.is_dynamic(source))
    for (const auto copy : group.copies)
      if (is_failure(slots_.slot({source.step, copy}).state)) failed.push_back({source.step, copy});
  if (group.complete && group.outcome == Arrival::Failed)
    failed.push_back({plan_.scopes[items].source.step, parent});
}

/// True when each failed step belongs to an item that was left out, and nothing else did not run
/// because of it.
bool Reactor::nothing_failed() const {
  if (counts_.failed == 0) return true;
  if (counts_.failed != dropped_failures()) return false;
  const auto is_left_out = [&](std::uint32_t scope, std::uint32_t copy) {
    for (; scope != 0; scope = plan_.scopes[scope].parent) {
      if (slots_.is_marked(scope, copy) || dropped_.contains({scope, copy})) return true;
      copy = slots_.item(scope, copy).parent;
    }
    return false;
  };
  for (std::uint32_t step = 0; step < plan_.steps.size(); ++step)
    for (std::uint32_t copy = 0; copy < slots_.copies(step); ++copy)
      if (slots_.slot({step, copy}).state == StepState::UpstreamFailed &&
          !is_left_out(plan_.steps[step].scope, copy))
        return false;
  return true;
}

/// The copies of a source in the order in which a reader gets their values.
std::vector<std::uint32_t> Reactor::copies_to_gather(const PlannedSource& source,
                                                     std::uint32_t parent,
                                                     const CollectOptions& options) {
  const auto scope = slots_.copies_of(source);
  const auto order = as_completed_.find({source.step, parent});
  if (options.order == CollectOrder::Yielded || slots_.is_dynamic(source) ||
      order == as_completed_.end())
    return slots_.group(scope, parent).copies;
  auto copies = order->second;
  std::erase_if(copies, [&](auto copy) { return slots_.is_marked(scope, copy); });
  return copies;
}

const Value& Reactor::value_at(const PlannedSource& source, std::uint32_t copy) const {
  static const Value kMissing;
  if (slots_.is_dynamic(source)) return slots_.item(slots_.scope_of(source), copy).held.value;
  const auto& slot = slots_.slot({source.step, copy});
  return slot.outputs ? slot.outputs[source.port].value : kMissing;
}

void Reactor::release_copy(const PlannedSource& source, std::uint32_t copy) {
  if (slots_.is_dynamic(source))
    release(slots_.item(slots_.scope_of(source), copy).held);
  else
    release_output({source.step, copy}, source.port);
}

}  // namespace penstock

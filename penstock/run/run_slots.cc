#include "penstock/run/run_slots.h"

#include <algorithm>

#include "penstock/base/text.h"

namespace penstock {

RunSlots::RunSlots(const RunPlan& plan)
    : plan_(plan),
      slots_(plan.steps.size()),
      items_(plan.scopes.size()),
      groups_(plan.scopes.size()),
      templates_(plan.scopes.size()),
      inner_(plan.scopes.size()),
      incoming_(plan.steps.size()),
      broadcasts_(plan.scopes.size()),
      rank_(plan.steps.size()),
      item_scopes_(plan.steps.size()),
      reduces_(plan.steps.size()),
      wants_order_(plan.steps.size()) {
  find_scopes();
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    const auto& step = plan.steps[i];
    rank_[i] = narrow<std::uint32_t>(templates_[step.scope].size());
    templates_[step.scope].push_back(i);
    for (std::uint32_t port = 0; port < step.readers.size(); ++port)
      for (const auto& reader : step.readers[port]) {
        const PlannedSource source{i, port};
        incoming_[reader.step].push_back({source, reader.kind, reader.drop_failed});
        // where the value stands; its readers further inside hold it by the scope between
        auto at = plan.steps[reader.step].scope;
        const auto home = reader.kind == PlannedReader::Kind::Item ? scope_of(source) : step.scope;
        if (is_gathering(reader.kind) || at == home) continue;
        while (plan.scopes[at].parent != home) at = plan.scopes[at].parent;
        auto& into = broadcasts_[at];
        if (std::ranges::none_of(into, [&](const auto& b) { return b.source == source; }))
          into.push_back({source});
      }
  }
}

void RunSlots::find_scopes() {
  for (std::uint32_t i = 0; i < plan_.steps.size(); ++i)
    item_scopes_[i].resize(plan_.steps[i].op->outputs.size());
  for (std::uint32_t scope = 1; scope < plan_.scopes.size(); ++scope) {
    const auto& planned = plan_.scopes[scope];
    inner_[planned.parent].push_back(scope);
    if (planned.parts) continue;
    auto& of_step = item_scopes_[planned.source.step];
    of_step[planned.source.port] = scope;
    if (plan_.steps[planned.source.step].join != JoinKind::None)  // its outputs share their items
      std::ranges::fill(of_step, scope);
  }
  for (const auto& reduce : plan_.reduces) reduces_[reduce.parts] = reduces_[reduce.root] = &reduce;
  for (const auto& step : plan_.steps)
    for (const auto& input : step.inputs)
      if (input.collect.order == CollectOrder::Completed)
        wants_order_[input.sources[0].step] = true;
}

Group& RunSlots::group(std::uint32_t scope, std::uint32_t parent) {
  auto& groups = groups_[scope];
  if (groups.size() <= parent) groups.resize(parent + 1);
  auto& group = groups[parent];
  if (group.ended.empty()) {
    group.ended.resize(templates_[scope].size());
    group.failed.resize(templates_[scope].size());
  }
  return group;
}

std::uint32_t RunSlots::add_copy(std::uint32_t scope, std::uint32_t parent, std::string key,
                                 HeldValue held) {
  const auto copy = narrow<std::uint32_t>(items_[scope].size());
  items_[scope].push_back({parent, 0, std::move(key), std::move(held)});
  for (const auto step : templates_[scope]) slots_[step].emplace_back();
  return copy;
}

std::uint32_t RunSlots::ancestor(std::uint32_t scope, std::uint32_t copy,
                                 std::uint32_t outer) const {
  while (scope != outer) {
    copy = items_[scope][copy].parent;
    scope = plan_.scopes[scope].parent;
  }
  return copy;
}

bool RunSlots::is_discarded(std::uint32_t scope, std::uint32_t copy) const {
  if (discarded_.empty()) return false;
  for (; scope != 0; scope = plan_.scopes[scope].parent) {
    if (is_marked(scope, copy)) return true;
    copy = items_[scope][copy].parent;
  }
  return false;
}

std::vector<std::string> RunSlots::map_keys(std::uint32_t scope, std::uint32_t copy) const {
  std::vector<std::string> keys;
  for (; scope != 0; scope = plan_.scopes[scope].parent) {
    const auto& item = items_[scope][copy];
    if (item.key.find(',') == std::string::npos) {
      keys.push_back(item.key);
    } else {  // an item of a product has a key per side
      const auto sides = split(item.key, ',');
      keys.insert(keys.end(), sides.rbegin(), sides.rend());
    }
    copy = item.parent;
  }
  std::ranges::reverse(keys);
  return keys;
}

std::string RunSlots::key(StepRef ref) const {
  const auto& step = plan_.steps[ref.step];
  if (step.scope == 0) return step.path;
  return step.path + "[" + join(map_keys(step.scope, ref.copy), ",") + "]";
}

}  // namespace penstock

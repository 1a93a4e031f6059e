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
      rank_(plan.steps.size()) {
  for (std::uint32_t scope = 1; scope < plan.scopes.size(); ++scope)
    inner_[plan.scopes[scope].parent].push_back(scope);
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    const auto& step = plan.steps[i];
    rank_[i] = std::uint32_t(templates_[step.scope].size());
    templates_[step.scope].push_back(i);
    for (std::uint16_t port = 0; port < step.readers.size(); ++port)
      for (const auto& reader : step.readers[port]) {
        const PlannedSource source{i, port};
        incoming_[reader.step].push_back({source, reader.kind});
        // where the value stands; its readers further inside hold it by the scope between
        auto at = plan.steps[reader.step].scope;
        const auto home = reader.kind == PlannedReader::Kind::Item ? scope_of(source) : step.scope;
        if (reader.kind == PlannedReader::Kind::Collect || at == home) continue;
        while (plan.scopes[at].parent != home) at = plan.scopes[at].parent;
        auto& into = broadcasts_[at];
        if (std::ranges::none_of(into, [&](const auto& b) { return b.source == source; }))
          into.push_back({source});
      }
  }
}

std::uint32_t RunSlots::scope_of(const PlannedSource& source) const {
  for (std::uint32_t scope = 1; scope < plan_.scopes.size(); ++scope)
    if (plan_.scopes[scope].source == source) return scope;
  return 0;
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
  const auto copy = std::uint32_t(items_[scope].size());
  items_[scope].push_back({parent, std::move(key), std::move(held)});
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

std::vector<std::string> RunSlots::map_keys(std::uint32_t scope, std::uint32_t copy) const {
  std::vector<std::string> keys;
  for (; scope != 0; scope = plan_.scopes[scope].parent) {
    keys.push_back(items_[scope][copy].key);
    copy = items_[scope][copy].parent;
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

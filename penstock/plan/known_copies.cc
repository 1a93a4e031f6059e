#include "penstock/plan/known_copies.h"

#include <algorithm>
#include <array>
#include <memory>

#include "penstock/base/text.h"
#include "penstock/plan/limit_plan.h"

namespace penstock {
namespace {

constexpr std::array<std::string_view, 8> kStatusNames = {
    "running", "retrying", "success", "skipped", "skipped", "failed", "upstream_failed",
    "canceled"};
constexpr std::string_view kNotStarted = "not_started";

std::string_view status_of(const KnownStep* known) {
  return known == nullptr ? kNotStarted : kStatusNames[std::size_t(known->state)];
}

std::vector<std::string> status_words() {
  std::vector<std::string> words{std::string(kNotStarted)};
  for (const auto name : kStatusNames)
    if (name != words.back()) words.emplace_back(name);
  return words;
}

/// Graphs that steps stand in, and in how many dynamic outputs each graph stands as a whole: as
/// many as the outermost of its steps.
class MappedGraphs {
 public:
  explicit MappedGraphs(const RunPlan& plan) {
    for (const auto& step : plan.steps) {
      const auto level = plan.scopes[step.scope].level;
      const auto& path = step.path;
      for (auto dot = path.find('.'); dot != path.npos; dot = path.find('.', dot + 1)) {
        const auto [at, fresh] = levels_.emplace(path.substr(0, dot), level);
        if (!fresh) at->second = std::min(at->second, level);
      }
    }
  }

  /// Whether a pattern names a copy of a graph, `deep[k1]`, and a step with these keys stands in
  /// that copy. Without keys: whether it means all copies, `deep[*]`.
  bool contain(std::string_view pattern, const std::string& path,
               const std::vector<std::string>& keys) const {
    if (!pattern.ends_with(']')) return false;
    for (auto dot = path.find('.'); dot != path.npos; dot = path.find('.', dot + 1)) {
      const auto graph = path.substr(0, dot);
      const auto level = levels_.at(graph);
      if (level == 0) continue;
      if (keys.empty() && pattern == graph + "[*]") return true;
      if (keys.size() < level) continue;
      const std::vector<std::string> of_graph(keys.begin(), keys.begin() + level);
      if (matches_pattern(pattern, graph + "[" + join(of_graph, ",") + "]")) return true;
    }
    return false;
  }

 private:
  std::map<std::string, std::uint32_t> levels_;  // by path of the graph
};

}  // namespace

KnownCopies::KnownCopies(const RunPlan& plan, const RunHistory& history)
    : plan_(plan),
      scopes_(plan.scopes.size()),
      children_(plan.scopes.size()),
      known_(plan.steps.size()) {
  scopes_[0].push_back({});
  for (std::uint32_t step = 0; step < plan.steps.size(); ++step) {
    known_[step].reserve(count(step));
    for (std::uint32_t copy = 0; copy < count(step); ++copy) {
      const auto* known = history.find(key({step, copy}));
      known_[step].push_back(known != nullptr && known->superseded ? nullptr : known);
    }
    add_scopes(step);
  }
  if (!plan.reduces.empty()) add_parts(history);
}

void KnownCopies::add_parts(const RunHistory& history) {
  for (const auto& [key, known] : history.steps())
    for (const auto& reduce : plan_.reduces) {
      const auto& path = plan_.steps[reduce.parts].path;
      if (known.superseded || op_of_step(key) != path) continue;
      const auto comma = key.rfind(',');  // before the number of the part, if the root is mapped
      const auto keys = comma == std::string::npos
                            ? std::string()
                            : key.substr(path.size(), comma - path.size()) + "]";
      parts_.push_back({key, plan_.steps[reduce.root].path + keys, &known});
    }
}

/// The parts of a reduction are never known: what was combined is combined anew.
void KnownCopies::add_scopes(std::uint32_t step) {
  for (std::uint32_t scope = 1; scope < plan_.scopes.size(); ++scope) {
    if (plan_.scopes[scope].source.step != step || plan_.scopes[scope].parts) continue;
    children_[scope].resize(count(step));
    for (std::uint32_t copy = 0; copy < count(step); ++copy) add_items(scope, {step, copy});
  }
}

void KnownCopies::add_items(std::uint32_t scope, CopyRef maker) {
  if (joins(maker.step)) return add_joined(scope, maker);
  const auto* known = this->known(maker);
  const auto& output = plan_.steps[maker.step].op->outputs[plan_.scopes[scope].source.port];
  const auto* given = known == nullptr ? nullptr : known->find(output.name);
  if (given == nullptr) return;
  for (const auto& item : given->items) {
    children_[scope][maker.copy].push_back(items(scope));
    scopes_[scope].push_back({maker.copy, &item});
  }
}

void KnownCopies::add_joined(std::uint32_t scope, CopyRef join) {
  const bool zips = plan_.steps[join.step].join == JoinKind::Zip;
  for (auto& [key, sides] : zips ? zipped(join) : crossed(join)) {
    children_[scope][join.copy].push_back(items(scope));
    scopes_[scope].push_back({join.copy, &joined_.emplace_back(KnownItem{key}), sides});
  }
}

/// The items that a zip has of the known copies of its sides.
KnownCopies::Sides KnownCopies::zipped(CopyRef join) const {
  Sides sides;
  const auto width = plan_.steps[join.step].inputs.size();
  for (std::size_t side = 0; side < width; ++side) {
    const auto home = home_scope(side_source(join.step, side));
    for (const auto copy : side_copies(join, side))
      sides[scopes_[home][copy].item->key].push_back(copy);
  }
  std::erase_if(sides, [&](const auto& entry) { return entry.second.size() != width; });
  return sides;
}

/// The same of a product.
KnownCopies::Sides KnownCopies::crossed(CopyRef join) const {
  Sides sides{{"", {}}};
  for (std::size_t side = 0; side < plan_.steps[join.step].inputs.size(); ++side) {
    const auto home = home_scope(side_source(join.step, side));
    Sides longer;
    for (const auto& [key, copies] : sides)
      for (const auto copy : side_copies(join, side)) {
        auto& choice = longer[(side == 0 ? "" : key + ",") + scopes_[home][copy].item->key];
        choice = copies;
        choice.push_back(copy);
      }
    sides = std::move(longer);
  }
  return sides;
}

std::string KnownCopies::key(CopyRef ref) const {
  const auto& path = plan_.steps[ref.step].path;
  const auto all = keys(ref);
  return all.empty() ? path : path + "[" + join(all, ",") + "]";
}

std::vector<std::string> KnownCopies::keys(CopyRef ref) const {
  const auto& step = plan_.steps[ref.step];
  std::vector<std::string> keys;
  auto copy = ref.copy;
  for (auto scope = step.scope; scope != 0; scope = plan_.scopes[scope].parent) {
    keys.push_back(scopes_[scope][copy].item->key);
    copy = scopes_[scope][copy].parent;
  }
  std::ranges::reverse(keys);
  return keys;
}

std::uint32_t KnownCopies::ancestor(ItemRef from, std::uint32_t outer) const {
  while (from.scope != outer) {
    from.copy = scopes_[from.scope][from.copy].parent;
    from.scope = plan_.scopes[from.scope].parent;
  }
  return from.copy;
}

std::uint32_t KnownCopies::scope_of(const PlannedSource& source) const {
  const bool is_side = plan_.steps[source.step].join != JoinKind::None;  // all have the same items
  const PlannedSource first{source.step, is_side ? std::uint32_t{0} : source.port};
  for (std::uint32_t scope = 1; scope < plan_.scopes.size(); ++scope)
    if (plan_.scopes[scope].source == first && !plan_.scopes[scope].parts) return scope;
  return 0;
}

/// The scope that a source's value, or each of its items, stands in.
std::uint32_t KnownCopies::home_scope(const PlannedSource& source) const {
  const auto& step = plan_.steps[source.step];
  return step.op->outputs[source.port].dynamic ? scope_of(source) : step.scope;
}

void KnownCopies::visit_gathered(CopyRef ref, const PlannedSource& source,
                                 SourceVisitor& visitor) const {
  const auto items = home_scope(source);
  const auto home = ancestor({plan_.steps[ref.step].scope, ref.copy}, plan_.scopes[items].parent);
  const CopyRef maker{plan_.scopes[items].source.step, home};
  const auto sides = joins(source.step) ? plan_.steps[source.step].inputs.size() : 1;
  for (const auto copy : children_[items][home])
    for (std::uint32_t side = 0; side < sides; ++side)
      visit_copy({source.step, sides > 1 ? side : source.port}, copy, visitor);
  visitor.whole(maker);
}

/// One copy of a source: a value, an item, or what the side of a joined item is.
void KnownCopies::visit_copy(const PlannedSource& source, std::uint32_t copy,
                             SourceVisitor& visitor) const {
  const auto home = home_scope(source);
  if (!plan_.steps[source.step].op->outputs[source.port].dynamic)
    visitor.value({source.step, copy}, source.port);
  else if (joins(source.step))
    visit_copy(side_source(source.step, source.port), scopes_[home][copy].sides[source.port],
               visitor);
  else
    visitor.item(maker({home, copy}), {home, copy});
}

void KnownCopies::visit_join(CopyRef join, SourceVisitor& visitor) const {
  for (std::size_t side = 0; side < plan_.steps[join.step].inputs.size(); ++side) {
    const auto& source = side_source(join.step, side);
    if (!plan_.steps[source.step].op->outputs[source.port].dynamic)
      for (const auto copy : side_copies(join, side)) visitor.order({source.step, copy});
    visitor.whole({plan_.scopes[home_scope(source)].source.step, join.copy});
  }
}

void KnownCopies::visit_sides(CopyRef join, SourceVisitor& visitor) const {
  for (std::size_t side = 0; side < plan_.steps[join.step].inputs.size(); ++side)
    for (const auto copy : side_copies(join, side))
      visit_copy(side_source(join.step, side), copy, visitor);
}

void KnownCopies::visit_sources(CopyRef ref, SourceVisitor& visitor) const {
  const auto& step = plan_.steps[ref.step];
  const ItemRef here{step.scope, ref.copy};
  if (joins(ref.step)) visit_join(ref, visitor);
  for (const auto& input : step.inputs)
    for (const auto& source : input.sources) {
      if (joins(ref.step)) continue;
      if (input.kind == PlannedInput::Kind::Collect)
        visit_gathered(ref, source, visitor);
      else
        visit_copy(source, ancestor(here, home_scope(source)), visitor);
    }
  for (const auto& source : step.after)
    visitor.order({source.step, ancestor(here, plan_.steps[source.step].scope)});
}

void KnownCopies::visit_sources_of_new(CopyRef maker, SourceVisitor& visitor) const {
  const auto outside = plan_.steps[maker.step].scope;
  for (const auto& step : plan_.steps) {
    bool inside = false;
    for (auto scope = step.scope; scope != 0; scope = plan_.scopes[scope].parent)
      inside = inside || plan_.scopes[scope].source.step == maker.step;
    if (!inside) continue;
    for (const auto& input : step.inputs)
      for (const auto& source : input.sources) {
        const auto home = home_scope(source);
        if (input.kind == PlannedInput::Kind::Collect || !plan_.contains(home, outside)) continue;
        visit_copy(source, ancestor({outside, maker.copy}, home), visitor);
      }
  }
}

SelectionGraph KnownCopies::graph() const {
  struct Nodes final : SourceVisitor {
    std::vector<std::uint32_t> first;  // per template: its first node
    SelectionGraph graph;
    std::uint32_t reader = 0;

    void link(std::uint32_t from) {
      graph.upstream[reader].push_back(from);
      graph.downstream[from].push_back(reader);
    }
    void value(CopyRef from, std::uint32_t) override { link(first[from.step] + from.copy); }
    void item(CopyRef from, ItemRef) override { link(first[from.step] + from.copy); }
    void whole(CopyRef maker) override { link(first[maker.step] + maker.copy); }
    void order(CopyRef from) override { link(first[from.step] + from.copy); }
  };
  Nodes nodes;
  auto refs = std::make_shared<std::vector<CopyRef>>();
  each_node([&](std::uint32_t step, std::uint32_t copy) {
    if (nodes.first.size() <= step) nodes.first.push_back(narrow<std::uint32_t>(refs->size()));
    refs->push_back({step, copy});
  });
  nodes.graph.upstream.resize(refs->size());
  nodes.graph.downstream.resize(refs->size());
  for (nodes.reader = 0; nodes.reader < refs->size(); ++nodes.reader) {
    const auto ref = (*refs)[nodes.reader];
    if (ref.copy != UINT32_MAX) {
      visit_sources(ref, nodes);
      continue;
    }
    for (const auto& input : plan_.steps[ref.step].inputs)  // any copy there will be reads of all
      for (const auto& source : input.sources)
        for (std::uint32_t copy = 0; copy < std::max(1u, count(source.step)); ++copy)
          nodes.value({source.step, copy}, 0);
  }
  nodes.graph.attributes = {"name", "tag", "status"};
  nodes.graph.words = {{"status", status_words()}};
  const auto graphs = std::make_shared<const MappedGraphs>(plan_);
  nodes.graph.has = [this, refs, graphs](std::uint32_t node, std::string_view attribute,
                                         std::string_view value) {
    const auto ref = (*refs)[node];
    const auto& step = plan_.steps[ref.step];
    const bool is_copy = ref.copy != UINT32_MAX;
    if (attribute == "tag") return step_has_tag(value, step);
    if (attribute == "status")
      return matches_pattern(to_lower(value), status_of(is_copy ? known(ref) : nullptr));
    if (step.internal) return false;
    // `load[*]` means every copy, those included that are not known yet
    const auto all = is_copy || step.scope == 0 ? std::string() : step.path + "[*]";
    return step_has_name(value, step.path, is_copy ? key(ref) : step.path) || value == all ||
           graphs->contain(value, step.path, is_copy ? keys(ref) : std::vector<std::string>());
  };
  nodes.graph.name = [this, refs](std::uint32_t node) {
    const auto ref = (*refs)[node];
    return ref.copy == UINT32_MAX ? plan_.steps[ref.step].path : key(ref);
  };
  return std::move(nodes.graph);
}

}  // namespace penstock

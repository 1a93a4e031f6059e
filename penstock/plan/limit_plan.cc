#include "penstock/plan/limit_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"
#include "penstock/plan/selection.h"

namespace penstock {
namespace {

constexpr std::uint32_t kGone = UINT32_MAX;

/// New indices of what stays.
std::vector<std::uint32_t> renumber(std::size_t count, const std::vector<bool>& stays) {
  std::vector<std::uint32_t> numbers(count, kGone);
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (stays[i]) numbers[i] = next++;
  return numbers;
}

template <class T>
void keep_only(std::vector<T>& all, const std::vector<bool>& stays) {
  std::size_t index = 0;
  std::erase_if(all, [&](const T&) { return !stays[index++]; });
}

PlannedSource moved(const PlannedSource& source, const std::vector<std::uint32_t>& steps) {
  const auto step = steps[source.step];
  PENSTOCK_CHECK(step != kGone, "a step of a limited plan reads from one that was left out");
  return {step, source.port};
}

/// Whether a reduction has its parts in a scope.
bool reduces_in(const RunPlan& plan, std::uint32_t scope) {
  return std::ranges::any_of(plan.reduces,
                             [&](const PlannedReduce& reduce) { return reduce.scope == scope; });
}

/// Visit every template that a template reads from or waits for; `is_value` tells which.
template <class Visit>
void each_source(const PlannedStep& step, Visit visit) {
  for (const auto& input : step.inputs)
    for (const auto& source : input.sources) visit(source, true);
  for (const auto& source : step.after) visit(source, false);
}

SelectionGraph template_graph(const RunPlan& plan) {
  SelectionGraph graph;
  graph.upstream.resize(plan.steps.size());
  graph.downstream.resize(plan.steps.size());
  const auto link = [&](std::uint32_t from, std::uint32_t to) {
    graph.upstream[to].push_back(from);
    graph.downstream[from].push_back(to);
  };
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i)
    each_source(plan.steps[i], [&](const PlannedSource& source, bool) { link(source.step, i); });
  graph.attributes = {"name", "tag"};
  graph.has = [&plan](std::uint32_t node, std::string_view attribute, std::string_view value) {
    const auto& step = plan.steps[node];
    return attribute == "tag" ? step_has_tag(value, step)
                              : !step.internal && step_has_name(value, step.path, step.path);
  };
  graph.name = [&plan](std::uint32_t node) { return plan.steps[node].path; };
  return graph;
}

/// What gathers for selected readers, or gives them an input from the config, is selected with
/// them.
void select_internal(const RunPlan& plan, std::vector<bool>& chosen) {
  for (const auto& unit : plan.units)  // what a stream connects runs together
    if (std::ranges::any_of(unit, [&](auto step) { return chosen[step]; }))
      for (const auto step : unit) chosen[step] = true;
  for (auto i = plan.steps.size(); i-- > 0;) {
    if (!plan.steps[i].internal && !plan.steps[i].fed) continue;
    if (plan.steps[i].internal) chosen[i] = false;
    for (const auto& readers : plan.steps[i].readers)
      for (const auto& reader : readers) chosen[i] = chosen[i] || chosen[reader.step];
  }
  for (const auto& reduce : plan.reduces) chosen[reduce.parts] = chosen[reduce.root];
}

std::string missing_source(const RunPlan& plan, const std::vector<bool>& chosen) {
  std::set<std::string> missing;
  std::string readers;
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    if (!chosen[i]) continue;
    std::set<std::string> sources;
    each_source(plan.steps[i], [&](const PlannedSource& source, bool is_value) {
      if (is_value && !chosen[source.step]) sources.insert(plan.steps[source.step].path);
    });
    if (const auto scope = plan.steps[i].scope; scope != 0)
      if (const auto maker = plan.scopes[scope].source.step; !chosen[maker])
        sources.insert(plan.steps[maker].path);
    if (sources.empty()) continue;
    const std::vector<std::string> names(sources.begin(), sources.end());
    readers += fmt::format("step {} reads from {}, which is not selected\n",
                           quote(plan.steps[i].path), join(names, " and "));
    missing.merge(sources);
  }
  if (readers.empty()) return {};
  const std::vector<std::string> names(missing.begin(), missing.end());
  return fmt::format(
      "{}select {} too, or take what they gave from an earlier run: run reexecute RUN --strategy "
      "selected; config can give it only where the job has an input for it, g.input<T>(\"name\")",
      readers, join(names, " and "));
}

}  // namespace

void limit_plan(RunPlan& plan, const std::vector<Part>& parts) {
  std::vector<bool> stays(plan.steps.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    stays[i] = parts[i] != Part::Out;
    if (parts[i] != Part::Held) continue;
    plan.steps[i].held = true;
    for (auto& input : plan.steps[i].inputs) input.sources.clear();
    plan.steps[i].after.clear();
  }
  std::erase_if(plan.reduces,
                [&](const PlannedReduce& reduce) { return parts[reduce.root] != Part::In; });
  std::vector<bool> scope_stays(plan.scopes.size(), true);
  for (std::size_t i = 1; i < plan.scopes.size(); ++i)
    scope_stays[i] = stays[plan.scopes[i].source.step] &&
                     (!plan.scopes[i].parts || reduces_in(plan, narrow<std::uint32_t>(i)));
  const auto steps = renumber(plan.steps.size(), stays);
  const auto scopes = renumber(plan.scopes.size(), scope_stays);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (!stays[i]) continue;
    auto& step = plan.steps[i];
    step.scope = scopes[step.scope];
    PENSTOCK_CHECK(step.scope != kGone, "a limited plan lacks the step that makes items");
    for (auto& input : step.inputs)
      for (auto& source : input.sources) source = moved(source, steps);
    std::erase_if(step.after, [&](const PlannedSource& source) { return !stays[source.step]; });
    for (auto& source : step.after) source = moved(source, steps);
    for (auto& readers : step.readers) {
      std::erase_if(readers, [&](const auto& reader) { return parts[reader.step] != Part::In; });
      for (auto& reader : readers) reader.step = steps[reader.step];
    }
  }
  for (std::size_t i = 1; i < plan.scopes.size(); ++i) {
    if (!scope_stays[i]) continue;
    plan.scopes[i].source = moved(plan.scopes[i].source, steps);
    plan.scopes[i].parent = scopes[plan.scopes[i].parent];
  }
  for (auto& reduce : plan.reduces) {
    reduce.leaves = moved(reduce.leaves, steps);
    reduce.parts = steps[reduce.parts];
    reduce.root = steps[reduce.root];
    reduce.scope = scopes[reduce.scope];
  }
  for (auto& unit : plan.units) {
    std::erase_if(unit, [&](std::uint32_t step) { return !stays[step]; });
    for (auto& step : unit) step = steps[step];
  }
  keep_only(plan.steps, stays);
  keep_only(plan.scopes, scope_stays);
}

Status limit_to_selection(RunPlan& plan, std::string_view selection) {
  auto chosen = PENSTOCK_TRY(select_to_launch(selection, template_graph(plan)));
  select_internal(plan, chosen);
  if (auto text = missing_source(plan, chosen); !text.empty())
    return make_error(ErrorCode::Config, std::move(text), "selection")
        .within("selection " + quote(selection));
  std::vector<Part> parts(chosen.size());
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = chosen[i] ? Part::In : Part::Out;
  limit_plan(plan, parts);
  plan.selection = selection;
  return {};
}

bool step_has_name(std::string_view pattern, std::string_view path, std::string_view key) {
  if (matches_pattern(pattern, key) || matches_pattern(pattern, path)) return true;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1))
    if (matches_pattern(pattern, path.substr(0, dot))) return true;
  return false;
}

bool step_has_tag(std::string_view pattern, const PlannedStep& step) {
  const auto equals = pattern.find('=');
  return std::ranges::any_of(step.tags, [&](const auto& tag) {
    return matches_pattern(pattern.substr(0, equals), tag.first) &&
           (equals == std::string_view::npos ||
            matches_pattern(pattern.substr(equals + 1), tag.second));
  });
}

}  // namespace penstock

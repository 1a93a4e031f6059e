#include "penstock/view/plan_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "penstock/base/json_text.h"
#include "penstock/base/text.h"
#include "penstock/model/config_document.h"
#include "penstock/view/text_table.h"

namespace penstock {
namespace {

std::string read_by(const RunPlan& plan, const PlannedStep& step) {
  std::vector<std::string> paths;
  const auto add = [&](const PlannedSource& source, std::string_view how) {
    auto path = std::string(how) + plan.steps[source.step].path;
    if (std::ranges::find(paths, path) == paths.end()) paths.push_back(std::move(path));
  };
  for (const auto& input : step.inputs)
    for (const auto& source : input.sources)
      add(source, input.kind == PlannedInput::Kind::Collect ? "all of " : "");
  for (const auto& source : step.after) add(source, "after ");
  return join(paths, ", ");
}

std::string copies_text(const RunPlan& plan, const PlannedStep& step) {
  if (step.scope == 0) return "once";
  return "per item of " + plan.steps[plan.scopes[step.scope].source.step].path;
}

}  // namespace

std::string plan_text(const RunPlan& plan, const TextStyle& style) {
  TextTable table({{"STEP", Align::Left, true},
                   {"RUNS", Align::Left, true},
                   {"READS", Align::Left, true},
                   {"REASON", Align::Left, true}});
  for (const auto& step : plan.steps)
    table.add({step.path, copies_text(plan, step), read_by(plan, step), step.reason});
  std::string out = table.to_text(style);
  for (const auto& pool : plan.pools)
    out += fmt::format("pool {}: {}\n", pool.name,
                       pool.limit > 0 ? std::to_string(pool.limit) : "no limit");
  const auto once = std::ranges::count(plan.steps, 0u, &PlannedStep::scope);
  const auto mapped = std::int64_t(plan.steps.size()) - once;
  out += fmt::format("{}: {} step{} would run", plan.job, once, once == 1 ? "" : "s");
  if (mapped > 0) out += fmt::format(", and {} once per item", mapped);
  return out + "\n";
}

Json plan_view_json(const RunPlan& plan) {
  auto json = parse_json(plan_json(plan)).value();
  for (std::size_t i = 0; i < plan.steps.size(); ++i)
    json["steps"][i]["reason"] = plan.steps[i].reason;
  return {{"schema", "plan.v1"},
          {"job", plan.job},
          {"tags", plan.tags},
          {"config", to_json(plan.config)},
          {"steps", std::move(json["steps"])},
          {"pools", json.contains("pools") ? std::move(json["pools"]) : Json::object()}};
}

}  // namespace penstock

#include <nlohmann/json.hpp>

#include "penstock/base/json_text.h"
#include "penstock/plan/run_plan.h"

namespace penstock {
namespace {

Json input_json(const RunPlan& plan, const PlannedInput& input) {
  Json json;
  if (input.kind == PlannedInput::Kind::Collect) json["collect"] = true;
  if (input.collect.drop_failed > 0) json["drop_failed"] = input.collect.drop_failed;
  if (input.collect.order == CollectOrder::Completed) json["as_completed"] = true;
  if (input.loader) json["loader"] = plan.resources[*input.loader].def->name;
  for (const auto& source : input.sources) {
    const auto& step = plan.steps[source.step];
    json["from"].push_back(step.path + "." + step.op->outputs[source.port].name);
  }
  return json;
}

}  // namespace

std::string plan_json(const RunPlan& plan) {
  Json steps = Json::array();
  for (const auto& step : plan.steps) {
    Json json{{"path", step.path}, {"op", step.op->name}};
    for (std::size_t i = 0; i < step.inputs.size(); ++i)
      json["inputs"][step.op->inputs[i].name] = input_json(plan, step.inputs[i]);
    if (step.join != JoinKind::None) json["joins"] = true;
    if (step.unit >= 0) json["unit"] = step.unit;
    if (step.max_in_flight > 0) json["max_in_flight"] = step.max_in_flight;
    for (const auto& source : step.after) json["after"].push_back(plan.steps[source.step].path);
    if (step.scope != 0) {
      const auto& source = plan.scopes[step.scope].source;
      json["mapped_over"] = plan.steps[source.step].path + "." +
                            plan.steps[source.step].op->outputs[source.port].name;
    }
    for (const auto resource : step.resources)
      json["resources"].push_back(plan.resources[resource].def->name);
    for (const auto& claim : step.claims) json["pools"][plan.pools[claim.pool].name] = claim.amount;
    json["signature"] = step.signature;
    if (!step.config_key.empty()) json["config"] = step.config_key;
    if (step.reason != "requested") json["reason"] = step.reason;
    if (step.anew) json["anew"] = true;
    steps.push_back(std::move(json));
  }
  Json json{{"steps", std::move(steps)}};
  for (const auto& pool : plan.pools)
    if (pool.limit > 0) json["pools"][pool.name] = pool.limit;
  return json_to_text(json);
}

}  // namespace penstock

#include <fmt/format.h>

#include "penstock/base/text.h"
#include "penstock/event/event_log.h"
#include "penstock/testing/run_job.h"

namespace penstock::testing {
namespace {

using Items = std::vector<std::pair<std::string, Value>>;

/// What one template gives, by step key or path.
struct Given {
  std::map<std::string, Value> values;
  std::map<std::string, Items> items;

  template <class T>
  static const T* find(const std::map<std::string, T>& all, const StepFacts& facts) {
    for (const auto& name : {facts.step_key, op_of_step(facts.step_key)})
      if (const auto found = all.find(name); found != all.end()) return &found->second;
    return nullptr;
  }
};

/// The op, but for the steps that are given.
OpDefPtr replaced(const OpDef& op, Given given) {
  auto made = std::make_shared<OpDef>(op);
  made->call = [given = std::move(given), call = op.call](OpCall& at) -> Status {
    const auto& facts = at.context->facts();
    if (const auto* value = Given::find(given.values, facts)) {
      at.outputs[0] = *value;
      return {};
    }
    const auto* items = Given::find(given.items, facts);
    if (items == nullptr) return call(at);
    for (const auto& [key, value] : *items) at.context->host()->yield("", key, value);
    return {};
  };
  return made;
}

Error wrong_type(const std::string& step, const OutputDef& output, const ValueType& found) {
  return make_error(
      ErrorCode::Config,
      fmt::format("step {} is given a value of type {}, and its op gives {}{}", quote(step),
                  found.name, output.dynamic ? "items of " : "", output.type->name));
}

Status check(const std::string& step, const OpDef& op, const ValueType* type, bool items) {
  if (op.outputs.size() != 1)
    return make_error(ErrorCode::Config,
                      fmt::format("step {} is given a value, and its op has {} outputs",
                                  quote(step), op.outputs.size()));
  if (type && (type != op.outputs[0].type || items != op.outputs[0].dynamic))
    return wrong_type(step, op.outputs[0], *type);
  return {};
}

}  // namespace

Status GivenValues::apply(RunPlan& plan) const {
  std::map<std::uint32_t, Given> by_template;
  const auto find = [&](const std::string& step) -> Result<std::uint32_t> {
    std::vector<std::string> paths;
    for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
      if (plan.steps[i].path == op_of_step(step)) return i;
      paths.push_back(plan.steps[i].path);
    }
    const auto near = closest_name(step, paths);
    return make_error(ErrorCode::NotFound,
                      "a value is given for step " + quote(step) + ", which the job does not have" +
                          (near ? "; did you mean " + quote(*near) + "?" : ""));
  };
  for (const auto& [step, value] : values_) {
    const auto index = PENSTOCK_TRY(find(step));
    PENSTOCK_TRY(check(step, *plan.steps[index].op, value.type(), false));
    by_template[index].values[step] = value;
  }
  for (const auto& [step, items] : items_) {
    const auto index = PENSTOCK_TRY(find(step));
    PENSTOCK_TRY(
        check(step, *plan.steps[index].op, items.empty() ? nullptr : items[0].second.type(), true));
    by_template[index].items[step] = items;
  }
  for (auto& [index, given] : by_template) {
    auto& step = plan.steps[index];
    // Nobody opens what a given value does not need.
    if (given.values.contains(step.path) || given.items.contains(step.path)) step.resources.clear();
    step.op = replaced(*step.op, std::move(given));
  }
  return {};
}

}  // namespace penstock::testing

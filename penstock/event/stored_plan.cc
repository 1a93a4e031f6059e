#include "penstock/event/stored_plan.h"

#include <algorithm>

#include "penstock/base/json_text.h"

namespace penstock {
namespace {

std::string text_of(std::string_view json) { return json_string(json).value_or(""); }

void read_amounts(std::string_view json, std::map<std::string, std::int64_t>& amounts) {
  for (const auto& [name, amount] : json_members(json).value_or(std::vector<JsonMember>()))
    if (const auto number = json_integer(amount)) amounts[name] = *number;
}

void add_read(StoredStep& step, std::string path) {
  if (path.empty() || std::ranges::find(step.reads, path) != step.reads.end()) return;
  step.reads.push_back(std::move(path));
}

// `path.output` without the output.
std::string step_of(const std::string& source) { return source.substr(0, source.rfind('.')); }

void read_inputs(std::string_view json, StoredStep& step) {
  for (const auto& [input, described] : json_members(json).value_or(std::vector<JsonMember>()))
    for (const auto& [name, value] : json_members(described).value_or(std::vector<JsonMember>())) {
      if (name != "from") continue;
      for (const auto source : json_items(value).value_or(std::vector<std::string_view>()))
        add_read(step, step_of(text_of(source)));
    }
}

StoredStep read_step(std::string_view json) {
  StoredStep step;
  for (const auto& [name, value] : json_members(json).value_or(std::vector<JsonMember>())) {
    if (name == "path") step.path = text_of(value);
    if (name == "signature") step.signature = text_of(value);
    if (name == "config") step.config = text_of(value);
    if (name == "reason") step.reason = text_of(value);
    if (name == "anew") step.anew = json_bool(value).value_or(false);
    if (name == "inputs") read_inputs(value, step);
    if (name == "pools") read_amounts(value, step.pools);
    if (name == "mapped_over") add_read(step, step_of(text_of(value)));
    if (name == "after")
      for (const auto before : json_items(value).value_or(std::vector<std::string_view>()))
        add_read(step, text_of(before));
  }
  return step;
}

}  // namespace

StoredPlan parse_stored_plan(std::string_view json) {
  StoredPlan plan;
  if (json_problem(json)) return plan;
  for (const auto& [name, value] : json_members(json).value_or(std::vector<JsonMember>())) {
    if (name == "pools") read_amounts(value, plan.pools);
    if (name != "steps") continue;
    for (const auto step : json_items(value).value_or(std::vector<std::string_view>()))
      plan.steps.push_back(read_step(step));
  }
  return plan;
}

}  // namespace penstock

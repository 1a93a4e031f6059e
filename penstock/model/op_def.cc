#include "penstock/model/op_def.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "penstock/base/text.h"

namespace penstock {

OpDef::OpDef(std::string_view op_name) : name(op_name) {}
OpDef::OpDef(const OpDef& other) = default;
OpDef::OpDef(OpDef&& other) noexcept = default;
OpDef& OpDef::operator=(const OpDef& other) = default;
OpDef& OpDef::operator=(OpDef&& other) noexcept = default;
OpDef::~OpDef() = default;

void OpDef::add_input(const InputShape& shape) {
  InputDef input{"in" + std::to_string(inputs.size()), shape.type, shape.optional, shape.element,
                 shape.gather};
  input.stream = shape.stream;
  inputs.push_back(std::move(input));
}

OutputDef make_output(std::string_view name, const OutputShape& shape) {
  OutputDef output{std::string(name), shape.type, shape.required, shape.dynamic, shape.nothing};
  output.stream = shape.stream;
  return output;
}

void OpDef::add_output(std::string_view output, const OutputShape& shape) {
  outputs.push_back(make_output(output, shape));
}

void add_need(std::vector<ResourceNeed>& needs, std::string_view name, const std::type_info& type,
              std::string_view raw_type_name) {
  needs.push_back({std::string(name), &type, detail::shown_type_name(raw_type_name)});
}

std::vector<std::string> not_portable(const OpDef& op) {
  std::vector<std::string> problems;
  const auto check = [&](std::string_view what, const std::string& name, const ValueType& type) {
    if (type.portable()) return;
    problems.push_back(fmt::format(
        "its {} {} is of type {}, whose values stay in their process; give {} encode() and "
        "decode(), see penstock/model/value_codec.h, or run the op in threads: "
        ".executor(ExecutorKind::Threads)",
        what, quote(name), type.name, type.name));
  };
  for (const auto& input : op.inputs) check("input", input.name, *input.type);
  for (const auto& output : op.outputs) check("output", output.name, *output.type);
  return problems;
}

Micros retry_delay(const RetryPolicy& policy, std::int32_t retry, double random) {
  const auto base = static_cast<long double>(policy.delay.count());
  auto delay = base;
  if (policy.backoff == Backoff::Linear) delay = base * retry;
  if (policy.backoff == Backoff::Exponential) delay = base * (std::exp2l(retry) - 1);
  if (policy.jitter == Jitter::Full) delay *= random;
  if (policy.jitter == Jitter::PlusMinus) delay += base * (2 * random - 1);
  return std::clamp(Micros::from(std::trunc(delay)), Micros(), policy.max_delay);
}

std::string nearest_input(const OpDef& op, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& input : op.inputs) names.push_back(input.name);
  if (const auto near = closest_name(name, names)) return "; did you mean " + quote(*near) + "?";
  return names.empty() ? "; it has none" : "; it has: " + join(names, ", ");
}

}  // namespace penstock

#include "penstock/plan/check_keep.h"

#include <fmt/format.h>

#include "penstock/base/text.h"

namespace penstock {

Status check_keep(const RunPlan& plan) {
  std::string problems;
  for (const auto& step : plan.steps)
    for (std::size_t port = 0; port < step.op->outputs.size(); ++port) {
      const auto& output = step.op->outputs[port];
      const bool fits = output.nothing || output.type == nullptr || output.type->portable();
      if (step.keep_of(port) != Keep::All || step.io_of(port) || fits) continue;
      problems += fmt::format(
          "{}step {}: keep \"all\" stores output {}, and values of type {} stay in their process; "
          "give the type encode() and decode(), see penstock/model/value_codec.h, or keep less of "
          "it",
          problems.empty() ? "" : "\n", quote(step.path), quote(output.name),
          quote(output.type->name));
    }
  if (problems.empty()) return {};
  return make_error(ErrorCode::Config, std::move(problems));
}

}  // namespace penstock

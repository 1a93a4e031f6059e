#include "penstock/plan/check_executors.h"

#include <algorithm>
#include <set>

#include "penstock/base/text.h"

namespace penstock {

bool needs_processes(const RunPlan& plan, ExecutorKind run) {
  return std::ranges::any_of(plan.steps, [&](const PlannedStep& step) {
    return executor_of(step, run) == ExecutorKind::Processes;
  });
}

bool may_have_process(const PlannedStep& step) {
  return step.executor != ExecutorKind::Threads && not_portable(*step.op).empty();
}

Status check_executors(const RunPlan& plan, ExecutorKind run) {
  std::vector<std::string> problems;
  std::set<const OpDef*> checked;
  for (const auto& step : plan.steps) {
    if (executor_of(step, run) != ExecutorKind::Processes) continue;
    if (!checked.insert(step.op.get()).second) continue;
    for (const auto& mistake : not_portable(*step.op))
      problems.push_back("  op " + quote(step.op->name) + ": " + mistake);
  }
  if (problems.empty()) return {};
  return make_error(ErrorCode::Definition,
                    "not every step can run in processes\n" + join(problems, "\n"));
}

}  // namespace penstock

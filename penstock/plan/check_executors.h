// Which steps of a plan run in processes of their own, and whether they can.
#pragma once

#include "penstock/plan/run_plan.h"

namespace penstock {

/// Where a step of a run on `run` is to run.
inline ExecutorKind executor_of(const PlannedStep& step, ExecutorKind run) {
  return step.executor.value_or(run);
}
/// True when some step of the plan, run on `run`, needs a process of its own.
bool needs_processes(const RunPlan& plan, ExecutorKind run);
/// True when its step could run in a process of its own although it is not told to: no choice of
/// its definition and no value speaks against it.
bool may_have_process(const PlannedStep& step);
/// Definition, with all problems one a line, when a step that is to run in a process of its own has
/// inputs or outputs whose values cannot cross. Pure.
Status check_executors(const RunPlan& plan, ExecutorKind run);

}  // namespace penstock

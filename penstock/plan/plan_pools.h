// What steps take of pools while they run, and how much there is.
#pragma once

#include "penstock/plan/run_plan.h"

namespace penstock {

/// Fill the pools of a plan whose steps, units and resources are there, and the claims of its
/// steps. `limits` go before those of the job; `defaults` hold where nobody else says how much
/// there is, and may name pools that the plan does not have. Errors: a limit for a pool that no
/// step takes from; a step (or steps that run together) that takes more than there is, and so could
/// never run.
Status plan_pools(RunPlan& plan, const JobDef& job, const PoolAmounts& limits,
                  const PoolAmounts& defaults);

}  // namespace penstock

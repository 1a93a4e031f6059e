// Whether values that are to be kept can be.
#pragma once

#include "penstock/plan/run_plan.h"

namespace penstock {

/// Config with a line for each output whose values are to be kept whatever happens, and that stay
/// in their process.
Status check_keep(const RunPlan& plan);

}  // namespace penstock

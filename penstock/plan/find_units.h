// Which steps of a plan run at the same time, since streams connect them.
#pragma once

#include "penstock/plan/run_plan.h"

namespace penstock {

/// Set RunPlan::units, and the unit of each step. Error: Definition, when a stream is read from
/// another scope, or a step of a unit waits for the end of another.
Status find_units(RunPlan& plan);

}  // namespace penstock

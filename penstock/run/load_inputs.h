// Reads what an earlier run stored, for a step that is about to run.
#pragma once

#include "penstock/base/clock.h"
#include "penstock/run/managed_values.h"
#include "penstock/run/step_runner.h"

namespace penstock {

/// What loading needs of its run.
struct LoadEnvironment {
  const RunPlan& plan;
  RunId run;
  const Clock& clock;
  StepPorts& ports;
  ManagedValues* values = nullptr;
};

/// Put the values themselves where inputs stand for values that an earlier run stored, and where
/// inputs choose who loads them. Reads files: no lock may be held. To be called before anything
/// looks at the inputs.
Status load_inputs(const LoadEnvironment& environment, StepTask& task);

}  // namespace penstock

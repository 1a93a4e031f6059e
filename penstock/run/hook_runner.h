// Calls the hooks of a step that has ended.
#pragma once

#include "penstock/run/step_runner.h"

namespace penstock {

/// Call the hooks one after the other and record what became of each. Whatever a hook does short
/// of ending the process is an event and nothing more.
void run_hooks(const StepEnvironment& environment, const HookTask& task);

}  // namespace penstock

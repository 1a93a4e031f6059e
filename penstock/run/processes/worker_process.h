// What runs in a worker process: steps, one after another, as the coordinator asks.
#pragma once

#include "penstock/base/file_descriptor.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// Serve until the coordinator says so, or is gone.
[[noreturn]] void serve_as_worker(const RunPlan& plan, FileDescriptor socket);

}  // namespace penstock

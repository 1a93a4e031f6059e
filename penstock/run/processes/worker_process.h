// What runs in a worker process: steps, one after another, as the coordinator asks.
#pragma once

#include "penstock/base/file_descriptor.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// The exit code of a worker that the system gave no thread, before it was Ready.
constexpr int kNoThread = 75;

/// Serve until the coordinator says so, or is gone.
[[noreturn]] void serve_as_worker(const RunPlan& plan, FileDescriptor socket);

}  // namespace penstock

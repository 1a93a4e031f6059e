// Who runs attempts of steps, and where: the seam between the engine, which knows what may start,
// and threads, processes and machines.
#pragma once

#include <stop_token>

#include "penstock/run/step_task.h"

namespace penstock {

/// Runs attempts. Thread-safe: each worker thread of a run calls it, for one attempt at a time.
class StepExecutor {
 public:
  virtual ~StepExecutor() = default;
  /// Run an attempt to its end. Whatever becomes of it comes back as a result, the loss of the
  /// process that it ran in included. Inputs are let go when it returns, or before.
  virtual StepResult run(StepTask& task, std::stop_token stop) = 0;
  /// End what is kept between attempts: resources, processes. Called once, after the last attempt.
  virtual void close() = 0;
};

}  // namespace penstock

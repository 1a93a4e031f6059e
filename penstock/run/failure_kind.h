// Whose fault a failure is, and what kind: what STEP_FAILURE and RUN_FAILURE tell beside the error.
#pragma once

#include <string>

#include "penstock/base/result.h"

namespace penstock {

/// `failure_class` decides about retries of a run, `reason` names the cause for people.
struct FailureKind {
  std::string failure_class = "user";  ///< user, infrastructure, timeout
  std::string reason = "STEP_FAILURE";
};

/// The kind of an error that an attempt ended with. `from_op`: the op itself returned or threw it,
/// so that a Timeout is not the time limit of the engine, nor a WorkerLost a process of ours. Pure.
FailureKind kind_of(const Error& error, bool from_op);

}  // namespace penstock

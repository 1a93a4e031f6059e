#include "penstock/run/failure_kind.h"

namespace penstock {

FailureKind kind_of(const Error& error, bool from_op) {
  const bool is_of_engine = error.code == ErrorCode::Timeout ||
                            error.code == ErrorCode::Resource ||
                            error.code == ErrorCode::WorkerLost;
  if (from_op && is_of_engine) return {"user", "STEP_FAILURE"};
  switch (error.code) {
    case ErrorCode::UserException:
      return {"user", "USER_EXCEPTION"};
    case ErrorCode::Definition:
    case ErrorCode::Config:
      return {"user", "CONFIG_INVALID"};
    case ErrorCode::Timeout:
      return {"timeout", "MAX_RUNTIME"};
    case ErrorCode::Resource:
      return {"infrastructure", "INITIALIZATION"};
    case ErrorCode::WorkerLost:
      return {"infrastructure", "WORKER_LOST"};
    case ErrorCode::Exhausted:
      if (error.kind == "disk_full") return {"infrastructure", "DISK_FULL"};
      if (error.kind == "out_of_memory") return {"infrastructure", "OUT_OF_MEMORY"};
      if (error.kind == "too_large") return {"user", "CONFIG_INVALID"};
      return {"infrastructure", "UNKNOWN"};
    case ErrorCode::Io:
    case ErrorCode::Conflict:
    case ErrorCode::Corrupt:
    case ErrorCode::Internal:
      return {"infrastructure", "UNKNOWN"};
    default:
      return {"user", "STEP_FAILURE"};
  }
}

}  // namespace penstock

// The process of a run: whether it still lives, and asking it to stop.
#pragma once

#include "penstock/event/run_record.h"

namespace penstock {

/// True when the run has not ended and its process, on this host, lives no more. Another process
/// that got the same number is told apart; one of another PID namespace cannot be judged.
bool is_process_gone(const RunRecord& run);

/// Send SIGTERM to the process of a run, which asks the run to stop. NotFound when that process
/// lives no more, Refused when it is on another host, in another PID
/// namespace or of another user.
Status ask_process_to_stop(const RunRecord& run);

}  // namespace penstock

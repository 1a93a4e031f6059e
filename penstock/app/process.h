// Whether the process of a run still lives.
#pragma once

#include "penstock/event/run_record.h"

namespace penstock {

/// True when the run has not ended and its process, on this host, lives no more.
bool is_process_gone(const RunRecord& run);

}  // namespace penstock

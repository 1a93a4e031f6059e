// Runs whose process is gone: recorded as such by whoever starts the next run.
#pragma once

#include "penstock/cli/command.h"

namespace penstock {

/// Record as failed, for the reason WORKER_LOST, every run that has not ended and whose process on
/// this host lives no more; remove the files that it had begun to write beside its outputs. Says on
/// standard error what it did. When several processes do this at once, each run is recorded once.
Status recover_lost_runs(const CommandContext& context, EventLog& log);

/// The runs that have not ended.
Result<std::vector<RunRecord>> unfinished_runs(EventLog& log);

}  // namespace penstock

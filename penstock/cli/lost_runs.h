// Runs whose process is gone: recorded as such by whoever starts the next run.
#pragma once

#include "penstock/cli/command.h"
#include "penstock/event/lost_run.h"

namespace penstock {

/// Record as failed, for the reason WORKER_LOST, every run that has not ended and whose process on
/// this host lives no more; remove the files that it had begun to write beside its outputs. Says on
/// standard error what it did. When several processes do this at once, each run is recorded once.
/// Those that this program is to go on with are left as they are, and returned.
Result<std::vector<RunRecord>> recover_lost_runs(const CommandContext& context, EventLog& log);

/// Record one such run as failed; `why` is added to what happened.
Status record_as_lost(const CommandContext& context, EventLog& log, RunRecord run,
                      const std::string& why = {});

/// Put in their places the files that the log names and a lost run did not get to rename; remove
/// those that it had only begun to write beside its outputs; returns how many were removed.
Result<std::size_t> settle_unfinished_files(EventLog& log, const LostRun& lost);

/// The runs that have not ended.
Result<std::vector<RunRecord>> unfinished_runs(EventLog& log);

}  // namespace penstock

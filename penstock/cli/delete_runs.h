// Deleting runs, for the commands that do it.
#pragma once

#include <span>

#include "penstock/cli/command.h"

namespace penstock {

/// What became of runs that were to be deleted.
struct DeletedRuns {
  std::vector<RunRecord> runs;  ///< those deleted, or to be deleted
  std::int64_t events = 0;
  std::uint64_t value_bytes = 0;  ///< of the values that they had stored
};

/// Delete runs and the values that they stored, each run in a transaction of its own. A run that
/// somebody else has deleted meanwhile is passed over.
Result<DeletedRuns> delete_runs(const CommandContext& context, LogStorage& storage,
                                std::span<const RunRecord> runs, std::string_view by);

/// The members of the JSON of a command that deletes runs.
Json deleted_runs_json(const DeletedRuns& deleted, bool was_done);

}  // namespace penstock

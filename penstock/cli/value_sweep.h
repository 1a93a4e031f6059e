// Stored values that nobody needs any more, for the commands that free them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "penstock/cli/needed_runs.h"
#include "penstock/event/kept_values.h"

namespace penstock {

/// A stored value that may go, or a file that nobody knows of.
struct SweptValue {
  ValueFile file;
  std::optional<KeptValue> known;  ///< as the log tells of it
  std::string cause;               ///< ttl, gc, superseded, orphan, run
};

/// Which values may go. What a later failed run needs stays, but for `max_bytes`.
struct SweepRules {
  /// Of failed and canceled runs: this long after their end.
  Micros failed_ttl = std::chrono::days(7);
  std::optional<std::uint64_t> max_bytes = {};  ///< of all that is left: the oldest go first
  std::set<RunId> deleted = {};                 ///< runs that are deleted with all their values
  const NeededRuns* needed = nullptr;           ///< by later failed runs; null: they are looked for
};

/// Runs that have ended and whose values a run may be reading that has not: by which.
Result<std::map<RunId, RunId>> users_of_runs(EventLog& log);
/// Runs that have not ended, and those whose values they may be reading.
Result<std::set<RunId>> runs_in_use(EventLog& log);
/// What may go now, in order of their files. Values of runs that have not ended stay, and so do
/// those of runs that such runs were made of.
Result<std::vector<SweptValue>> find_swept_values(EventLog& log, ValueStore& values,
                                                  const SweepRules& rules, Time now);
/// Files of a run that has ended that the log does not know of: left by a crash.
Result<std::vector<SweptValue>> find_orphans(EventLog& log, ValueStore& values, const RunId& run);
/// What earlier runs kept for the re-execution that has now succeeded.
Result<std::vector<SweptValue>> find_superseded(EventLog& log, ValueStore& values,
                                                const std::string& parent_run);

/// Runs of whose steps checkpoints or scratch folders may go, by the same rules.
Result<std::vector<RunId>> find_leftovers(EventLog& log, const std::filesystem::path& home,
                                          const SweepRules& rules, Time now);

/// Record that the values go, then remove their files.
Status delete_swept(EventLog& log, ValueStore& values, std::span<const SweptValue> swept, Time now);
std::uint64_t bytes_of(std::span<const SweptValue> swept);

}  // namespace penstock

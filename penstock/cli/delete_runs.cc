#include "penstock/cli/delete_runs.h"

#include <nlohmann/json.hpp>

#include "penstock/cli/with_reserve.h"
#include "penstock/run/logs/captured_file.h"
#include "penstock/run/step_folder.h"

namespace penstock {

Result<DeletedRuns> delete_runs(const CommandContext& context, LogStorage& storage,
                                std::span<const RunRecord> runs, std::string_view by) {
  DeletedRuns deleted;
  const auto values = context.services.open_values(context.global.home);
  for (const auto& run : runs) {
    const auto events = with_reserve(
        context, [&] { return storage.delete_run(run.id, by, context.services.clock->now()); });
    if (!events.ok() && events.error().code == ErrorCode::NotFound) continue;
    deleted.events += PENSTOCK_TRY(events);
    PENSTOCK_TRY(remove_captured(context.global.home, run.id));
    deleted.runs.push_back(run);
    StepFolder(context.global.home, run.id).end_run(/*with_checkpoints=*/true);
    // Files that a crash leaves behind here are of a run that does not exist: gc finds them.
    for (const auto& file : PENSTOCK_TRY(values->files(run.id))) {
      PENSTOCK_TRY(values->remove({{}, file.object}));
      deleted.value_bytes += file.bytes;
    }
  }
  return deleted;
}

Json deleted_runs_json(const DeletedRuns& deleted, bool was_done) {
  Json runs = Json::array();
  for (const auto& run : deleted.runs)
    runs.push_back({{"id", run.id.to_string()},
                    {"job", run.job},
                    {"status", to_string(run.status)},
                    {"ended", to_rfc3339(run.ended)}});
  return {{"deleted", was_done},
          {"runs", std::move(runs)},
          {"events", deleted.events},
          {"value_bytes", deleted.value_bytes}};
}

}  // namespace penstock

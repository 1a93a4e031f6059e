#include "penstock/cli/lost_runs.h"

#include <fmt/format.h>

#include "penstock/base/files.h"
#include "penstock/cli/value_sweep.h"
#include "penstock/event/lost_run.h"
#include "penstock/run/step_folder.h"

namespace penstock {
namespace {

std::size_t remove_temporaries(const LostRun& lost, const std::vector<AssetRecord>& assets) {
  auto folders = lost.folders();
  for (const auto& asset : assets) {
    const std::filesystem::path path(asset.path);
    if (path.is_absolute()) folders.insert(path.parent_path());
  }
  std::size_t removed = 0;
  for (const auto& folder : folders) removed += remove_abandoned_files(folder);
  return removed;
}

}  // namespace

Status record_as_lost(const CommandContext& context, EventLog& log, RunRecord run) {
  const auto lost = PENSTOCK_TRY(LostRun::read(log, std::move(run)));
  auto removed = PENSTOCK_TRY(remove_unfinished_files(log, lost));
  if (!PENSTOCK_TRY(end_run(log, lost.end_as_lost(context.services.clock->now())))) return {};
  const auto values = context.services.open_values(context.global.home);
  const auto orphans = PENSTOCK_TRY(find_orphans(log, *values, lost.run().id));
  PENSTOCK_TRY(delete_swept(log, *values, orphans, context.services.clock->now()));
  removed += orphans.size();
  StepFolder(context.global.home, lost.run().id).end_run(/*with_checkpoints=*/false);
  auto text = fmt::format("run {} of {} is recorded as lost: {}", lost.run().id.short_text(),
                          lost.run().job, lost.explanation());
  if (removed > 0) text += fmt::format("; unfinished files removed: {}", removed);
  context.warn(text);
  return {};
}

Result<std::vector<RunRecord>> unfinished_runs(EventLog& log) {
  std::vector<RunRecord> found;
  for (const auto status : {RunStatus::Starting, RunStatus::Started, RunStatus::Canceling})
    for (auto& run : PENSTOCK_TRY(log.runs({.status = status, .limit = SIZE_MAX})))
      found.push_back(std::move(run));
  return found;
}

Result<std::size_t> remove_unfinished_files(EventLog& log, const LostRun& lost) {
  return remove_temporaries(lost, PENSTOCK_TRY(log.assets("")));
}

Result<std::vector<RunRecord>> recover_lost_runs(const CommandContext& context, EventLog& log) {
  std::vector<RunRecord> resumable;
  for (auto& run : PENSTOCK_TRY(unfinished_runs(log))) {
    if (!context.services.is_process_gone(run)) continue;
    // a run belongs to the build that began it
    if (run.resumes && run.status != RunStatus::Canceling &&
        run.build_id == context.services.build_id)
      resumable.push_back(std::move(run));
    else
      PENSTOCK_TRY(record_as_lost(context, log, std::move(run)));
  }
  return resumable;
}

}  // namespace penstock

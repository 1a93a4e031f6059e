#include "penstock/cli/lost_runs.h"

#include <fmt/format.h>

#include "penstock/base/files.h"
#include "penstock/cli/leftover_files.h"
#include "penstock/cli/value_sweep.h"
#include "penstock/event/lost_run.h"
#include "penstock/run/step_folder.h"

namespace penstock {

Status record_as_lost(const CommandContext& context, EventLog& log, RunRecord run,
                      const std::string& why) {
  const auto lost = PENSTOCK_TRY(LostRun::read(log, std::move(run)));
  auto removed = PENSTOCK_TRY(settle_unfinished_files(log, lost));
  if (!PENSTOCK_TRY(end_run(log, lost.end_as_lost(context.services.clock->now(), why)))) return {};
  const auto values = context.services.open_values(context.global.home);
  const auto orphans = PENSTOCK_TRY(find_orphans(log, *values, lost.run().id));
  PENSTOCK_TRY(delete_swept(log, *values, orphans, context.services.clock->now()));
  removed += orphans.size();
  StepFolder(context.global.home, lost.run().id).end_run(/*with_checkpoints=*/false);
  auto text = fmt::format("run {} of {} is recorded as lost: {}", lost.run().id.short_text(),
                          lost.run().job, lost.explanation());
  if (!why.empty()) text += "; " + why;
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

Result<std::size_t> settle_unfinished_files(EventLog& log, const LostRun& lost) {
  auto removed = PENSTOCK_TRY(settle_leftover_files(log, lost.run().id));
  for (const auto& folder : lost.folders()) removed += remove_abandoned_files(folder);
  return removed;
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

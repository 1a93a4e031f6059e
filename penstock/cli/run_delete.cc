#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "penstock/base/reserve_file.h"
#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/delete_runs.h"
#include "penstock/cli/needed_runs.h"
#include "penstock/cli/settings.h"
#include "penstock/cli/value_sweep.h"

namespace penstock {
namespace {

Result<std::vector<RunRecord>> runs_to_delete(const CommandContext& context, EventLog& log) {
  std::vector<RunRecord> runs;
  for (const auto& id : context.args.values("RUN")) {
    auto run = PENSTOCK_TRY(log.find_run(id));
    if (!is_final(run.status))
      return make_error(ErrorCode::Refused,
                        fmt::format("run {} is {}: only runs that have ended can be deleted; "
                                    "'run cancel' stops it",
                                    run.id.to_string(), to_string(run.status)));
    const bool is_new =
        std::ranges::none_of(runs, [&](const auto& known) { return known.id == run.id; });
    if (is_new) runs.push_back(std::move(run));
  }
  return runs;
}

/// A re-execution that has not ended reads what the runs before it stored.
Status check_in_use(EventLog& log, const std::vector<RunRecord>& runs) {
  const auto users = PENSTOCK_TRY(users_of_runs(log));
  for (const auto& run : runs) {
    const auto user = users.find(run.id);
    if (user == users.end()) continue;
    const auto by = user->second.short_text();
    return make_error(
        ErrorCode::Refused,
        fmt::format("run {} is in use: its re-execution {} has not ended and reads what it stored; "
                    "wait for that one, or end it with 'run cancel {}'",
                    run.id.to_string(), by, by));
  }
  return {};
}

/// Deleting what a later failed run needs is allowed, and said.
Status warn_of_needs(const CommandContext& context, EventLog& log,
                     const std::vector<RunRecord>& runs) {
  std::set<RunId> deleted;
  for (const auto& run : runs) deleted.insert(run.id);
  const auto ttl = *PENSTOCK_TRY(context.settings())->values.intermediates.failed_ttl;
  const auto needed =
      PENSTOCK_TRY(find_needed_runs(log, ttl, context.services.clock->now(), deleted));
  for (const auto& run : runs)
    if (const auto* by = needed.needed_by(run.id))
      context.warn(
          fmt::format("run {}, which did not succeed, needs what run {} gave: without it, "
                      "run reexecute {} runs those steps again",
                      by->short_text(), run.id.short_text(), by->short_text()));
  return {};
}

Result<ExitCode> execute_run_delete(CommandContext& context) {
  const auto log = PENSTOCK_TRY(context.open_log());
  const auto runs = PENSTOCK_TRY(runs_to_delete(context, *log));
  PENSTOCK_TRY(check_in_use(*log, runs));
  PENSTOCK_TRY(warn_of_needs(context, *log, runs));
  if (!context.args.has("yes")) {
    std::vector<std::string> ids;
    for (const auto& each : runs) ids.push_back(each.id.to_string());
    return make_error(ErrorCode::Refused,
                      "this would delete for good " + join(ids, ", ") + "; add --yes to do it");
  }
  const auto storage = PENSTOCK_TRY(context.services.open_storage(context.global.home));
  const auto deleted = PENSTOCK_TRY(delete_runs(context, *storage, runs, "run delete"));
  make_reserve(context.global.home);
  if (context.global.json) {
    auto json = deleted_runs_json(deleted, true);
    json["schema"] = "run_delete.v1";
    context.print_json(json);
    return ExitCode::Done;
  }
  for (const auto& each : deleted.runs)
    context.print(printable(fmt::format("deleted  {}  {}\n", each.id.to_string(), each.job)));
  return ExitCode::Done;
}

}  // namespace

CommandSpec run_delete_command() {
  return {
      .name = "run delete",
      .summary = "delete runs that have ended",
      .details =
          "Refused while a re-execution of them has not ended. Their events are deleted for good. "
          "Latest records\nof assets and checks stay, and so do files. 'gc' deletes by age and "
          "number, and frees disk space.",
      .arguments = {{"RUN", "ids of runs, or six or more characters of their beginnings or ends",
                     true, true}},
      .options = {{"--yes", "", "do it; without this nothing is deleted"}},
      .examples = {"run delete 3f2a91bc 77d01e5a --yes"},
      .run = execute_run_delete};
}

}  // namespace penstock

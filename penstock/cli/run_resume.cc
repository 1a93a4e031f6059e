#include <fmt/format.h>

#include "penstock/cli/commands.h"
#include "penstock/cli/launch.h"

namespace penstock {
namespace {

Result<ExitCode> execute_run_resume(CommandContext& context) {
  auto launch = PENSTOCK_TRY(Launch::begin(context));
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  PENSTOCK_TRY(launch.open_log(/*create=*/false));
  const auto record = PENSTOCK_TRY(launch.log().find_run(context.args.value("RUN")));
  const auto id = record.id.to_string();
  if (is_final(record.status))
    return make_error(ErrorCode::Refused,
                      fmt::format("run {} has ended: {}; run reexecute takes up what is left of it",
                                  id, to_string(record.status)));
  if (!context.services.is_process_gone(record))
    return make_error(ErrorCode::Refused, fmt::format("run {} goes on in process {} on {}", id,
                                                      record.pid, record.host));
  if (record.status == RunStatus::Canceling)
    return make_error(ErrorCode::Refused,
                      fmt::format("run {} was being canceled; run cancel --force ends it", id));
  if (record.build_id != context.services.build_id)
    return make_error(ErrorCode::Refused,
                      fmt::format("run {} belongs to another build of the program; the next run "
                                  "records it as lost, and run reexecute takes it up",
                                  id));
  auto resumed = launch.resume(definitions, record, /*by_hand=*/true);
  if (resumed.ok()) return resumed;
  auto error = std::move(resumed).error();
  if (error.code == ErrorCode::Conflict) error.code = ErrorCode::Refused;
  return std::move(error).within("run " + id);
}

}  // namespace

CommandSpec run_resume_command() {
  return {
      .name = "run resume",
      .summary = "go on with a run whose process was lost",
      .details =
          "The run keeps its id. Steps that had ended are not run again; those that "
          "were running are.\nWhat the lost process may still write is refused.",
      .arguments = {{"RUN", "id of the run, or six or more characters of its beginning or end"}},
      .options = launch_options(),
      .examples = {"run resume 3f2a91bc"},
      .run = execute_run_resume};
}

}  // namespace penstock

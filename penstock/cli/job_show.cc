#include <nlohmann/json.hpp>

#include "penstock/cli/commands.h"
#include "penstock/view/job_view.h"

namespace penstock {
namespace {

Result<ExitCode> execute_job_show(CommandContext& context) {
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  const auto job = PENSTOCK_TRY(definitions.find_job(context.args.value("JOB")));
  const auto view = job_view(definitions, *job);
  if (context.global.json)
    context.print_json(job_view_json(view));
  else
    context.print(job_view_text(view, context.global.style));
  return ExitCode::Done;
}

}  // namespace

CommandSpec job_show_command() {
  return {.name = "job show",
          .summary = "show a job: its graph, resources and config",
          .arguments = {{"JOB", "name of the job; 'job list' shows all"}},
          .examples = {"job show etl"},
          .run = execute_job_show,
          .aliases = {"job print"}};
}

}  // namespace penstock

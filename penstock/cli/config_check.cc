#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/launch_config.h"
#include "penstock/plan/run_plan.h"

namespace penstock {
namespace {

Json problems_json(const std::vector<ConfigProblem>& problems) {
  Json list = Json::array();
  for (const auto& problem : problems) list.push_back(to_json(problem));
  return list;
}

// What only planning finds: config that the job's own mapping makes, and unset variables.
Status check_plan(const CommandContext& context, const Definitions& definitions, const JobDef& job,
                  const LaunchConfig& launch) {
  auto plan = plan_run(definitions, {.job = job.name, .config = launch.document},
                       context.services.environment);
  return plan.ok() ? Status() : Status(plan.error());
}

Result<ExitCode> run(CommandContext& context) {
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  const auto job = PENSTOCK_TRY(definitions.find_job(context.args.value("JOB")));
  const auto launch = PENSTOCK_TRY(read_launch_config(context, definitions, *job));
  const bool ok = launch.problems.empty();
  if (ok) PENSTOCK_TRY(check_plan(context, definitions, *job, launch));
  if (context.global.json) {
    context.print_json({{"schema", "config_check.v1"},
                        {"ok", ok},
                        {"problems", problems_json(launch.problems)},
                        {"warnings", launch.warnings},
                        {"config", ok ? to_json(launch.resolved) : Json()}});
    return ok ? ExitCode::Done : ExitCode::Usage;
  }
  for (const auto& warning : launch.warnings) context.warn(warning);
  if (!ok) return config_error(launch.problems);
  context.print("ok\n");
  return ExitCode::Done;
}

}  // namespace

CommandSpec config_check_command() {
  return {.name = "config check",
          .summary = "check a config without running anything",
          .details = "Prints ok, or all problems with the places where they were written.",
          .arguments = {{"JOB", "name of the job"}},
          .options = launch_config_options(),
          .examples = {"config check etl --config scope.yaml --set ops.load.config.limit=3"},
          .run = run};
}

}  // namespace penstock

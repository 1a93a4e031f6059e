#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/launch.h"
#include "penstock/cli/launch_config.h"
#include "penstock/cli/launch_request.h"
#include "penstock/cli/replan.h"
#include "penstock/view/plan_view.h"
#include "penstock/view/view_json.h"

namespace penstock {
namespace {

Result<RunPlan> make_plan(CommandContext& context, const Settings& settings,
                          const Definitions& definitions) {
  const auto job = PENSTOCK_TRY(definitions.find_job(context.args.value("JOB")));
  auto tags = PENSTOCK_TRY(read_tags(context));
  auto launch = PENSTOCK_TRY(read_launch_config(context, definitions, *job));
  for (const auto& warning : launch.warnings) context.warn(warning);
  if (!launch.problems.empty()) return config_error(launch.problems);
  RunRequest request{job->name, std::move(launch.document), std::move(tags)};
  request.keep = PENSTOCK_TRY(read_keep(context));
  request.pools = PENSTOCK_TRY(read_pools(context));
  request.defaults = run_defaults(settings);
  request.selection = PENSTOCK_TRY(read_selection(context, "op-selection"));
  request.on_worker_loss = PENSTOCK_TRY(read_on_worker_loss(context));
  return plan_run(definitions, request, context.services.environment);
}

ExitCode show_plan(const CommandContext& context, const RunPlan& plan) {
  if (context.global.json)
    context.print_json(plan_view_json(plan));
  else
    context.print(plan_text(plan, context.global.style));
  return ExitCode::Done;
}

Result<ExitCode> execute_job_run(CommandContext& context) {
  auto launch = PENSTOCK_TRY(Launch::begin(context));
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  const auto plan = PENSTOCK_TRY(make_plan(context, launch.settings(), definitions));
  const auto otherwise = *launch.settings().retries.strategy;
  PENSTOCK_TRY(retry_strategy(plan.tags, otherwise));
  if (context.args.has("dry-run")) return show_plan(context, plan);
  PENSTOCK_TRY(launch.prepare(plan));
  PENSTOCK_TRY(launch.open(definitions, /*create=*/true));
  return launch.run(plan, [&](const RunRecord& failed) -> Result<RunPlan> {
    ReplanChoice choice{.strategy = PENSTOCK_TRY(retry_strategy(failed.tags, otherwise))};
    PENSTOCK_TRY(read_limits(context, choice));
    auto again =
        PENSTOCK_TRY(replan(context, definitions, launch.log(), launch.values(), failed, choice));
    for (const auto& notice : again.notices) context.warn(notice);
    return std::move(again.plan);
  });
}

}  // namespace

CommandSpec job_run_command() {
  CommandSpec command{.name = "job run",
                      .summary = "run a job now, in this process",
                      .details =
                          "The config is checked as a whole first: with any problem nothing "
                          "is run.\nCtrl-C asks the run to stop; a second one exits at once.",
                      .arguments = {{"JOB", "name of the job; 'job list' shows all"}},
                      .options = launch_config_options(),
                      .examples = {"job run etl --config scope.yaml --set ops.load.config.limit=3",
                                   "job run etl --jobs 2 --memory 2GiB --tags reason=test",
                                   "job run etl --config scope.yaml --dry-run",
                                   "job run etl --op-selection '+transform and not tag:slow'"},
                      .run = execute_job_run,
                      .aliases = {"job execute", "launch"}};
  for (auto& option : launch_options()) command.options.push_back(option);
  command.options.insert(
      command.options.end(),
      {{"--op-selection", "SELECTION", "run only these steps, such as 'load+' (and what follows)"},
       {"--dry-run", "", "show what would run and why, and run nothing"}});
  for (auto& option : launch_request_options()) command.options.push_back(option);
  return command;
}

}  // namespace penstock

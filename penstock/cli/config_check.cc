#include <algorithm>
#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/launch_config.h"
#include "penstock/cli/settings.h"
#include "penstock/plan/resolve_config.h"
#include "penstock/plan/run_plan.h"

namespace penstock {
namespace {

Json problems_json(const std::vector<ConfigProblem>& problems) {
  Json list = Json::array();
  for (const auto& problem : problems) list.push_back(to_json(problem));
  return list;
}

// What only planning finds: config that the job's own mapping makes.
Status check_plan(const CommandContext& context, const Definitions& definitions, const JobDef& job,
                  const LaunchConfig& launch) {
  const auto settings = PENSTOCK_TRY(context.settings());
  auto plan = plan_run(
      definitions,
      {.job = job.name, .config = launch.document, .defaults = run_defaults(settings->values)},
      context.services.environment);
  return plan.ok() ? Status() : Status(plan.error());
}

// Keys that the job does not know are taken out, and the rest is checked.
LaunchConfig without_extras(const CommandContext& context, const Definitions& definitions,
                            const JobDef& job, LaunchConfig launch) {
  const auto is_syntax = [](const auto& problem) { return problem.code == ConfigCode::Syntax; };
  if (std::ranges::any_of(launch.problems, is_syntax)) return launch;
  launch.document = without_unknown_keys(*job_config_type(definitions, job), launch.document);
  const ConfigEnvironment environment(context.services.environment);
  auto outcome = check_launch(definitions, job, launch.document, ConfigValue::map(), launch.policy,
                              &environment);
  launch.problems = launch.of_texts;
  launch.problems.insert(launch.problems.end(), outcome.problems.begin(), outcome.problems.end());
  launch.resolved = std::move(outcome.value);
  launch.warnings = std::move(outcome.warnings);
  return launch;
}

Result<ExitCode> execute_config_check(CommandContext& context) {
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  const auto job = PENSTOCK_TRY(definitions.find_job(context.args.value("JOB")));
  auto launch = PENSTOCK_TRY(read_launch_config(context, definitions, *job));
  const bool removes = context.args.has("remove-extras");
  if (removes) launch = without_extras(context, definitions, *job, std::move(launch));
  const bool ok = launch.problems.empty();
  if (ok) PENSTOCK_TRY(check_plan(context, definitions, *job, launch));
  if (context.global.json) {
    context.print_json({{"schema", "config_check.v1"},
                        {"ok", ok},
                        {"problems", problems_json(launch.problems)},
                        {"warnings", launch.warnings},
                        {"config", ok ? to_json(launch.resolved) : Json()},
                        {"document", removes ? to_json(launch.document) : Json()}});
    return ok ? ExitCode::Done : ExitCode::Usage;
  }
  for (const auto& warning : launch.warnings) context.warn(warning);
  if (!ok) return config_error(launch.problems);
  context.print(removes ? printable(to_yaml(launch.document)) : "ok\n");
  return ExitCode::Done;
}

}  // namespace

CommandSpec config_check_command() {
  auto options = launch_config_options();
  options.push_back({"--remove-extras", "", "leave out keys that the job does not know"});
  return {.name = "config check",
          .summary = "check a config without running anything",
          .details =
              "Prints ok, or all problems with the places where they were written. With\n"
              "--remove-extras it prints the document without the keys that the job does "
              "not know.",
          .arguments = {{"JOB", "name of the job"}},
          .options = std::move(options),
          .examples = {"config check etl --config scope.yaml --set ops.load.config.limit=3",
                       "config check etl --config old.yaml --remove-extras > scope.yaml"},
          .run = execute_config_check};
}

}  // namespace penstock

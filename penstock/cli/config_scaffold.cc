#include <nlohmann/json.hpp>

#include "penstock/cli/commands.h"

namespace penstock {
namespace {

Result<ExitCode> execute_config_scaffold(CommandContext& context) {
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  const auto job = PENSTOCK_TRY(definitions.find_job(context.args.value("JOB")));
  const auto depth =
      context.args.has("all-defaults") ? ScaffoldDepth::AllDefaults : ScaffoldDepth::Minimal;
  auto text = config_scaffold(*job_config_type(definitions, *job), depth);
  if (context.global.json)
    context.print_json(
        {{"schema", "config_scaffold.v1"}, {"job", job->name}, {"yaml", std::move(text)}});
  else
    context.print(text);
  return ExitCode::Done;
}

}  // namespace

CommandSpec config_scaffold_command() {
  return {.name = "config scaffold",
          .summary = "print a config file to start from",
          .arguments = {{"JOB", "name of the job"}},
          .options = {{"--all-defaults", "", "show every field with its default"}},
          .examples = {"config scaffold etl --all-defaults > scope.yaml"},
          .run = execute_config_scaffold,
          .aliases = {"job scaffold_config"}};
}

}  // namespace penstock

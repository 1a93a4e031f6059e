#include <nlohmann/json.hpp>

#include "penstock/cli/commands.h"

namespace penstock {
namespace {

Result<ExitCode> execute_config_schema(CommandContext& context) {
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  const auto job = PENSTOCK_TRY(definitions.find_job(context.args.value("JOB")));
  context.print_json(json_schema(*job_config_type(definitions, *job)));
  return ExitCode::Done;
}

}  // namespace

CommandSpec config_schema_command() {
  return {.name = "config schema",
          .summary = "print the JSON Schema of a job's config",
          .details = "Editors check and complete config files with it.",
          .arguments = {{"JOB", "name of the job"}},
          .examples = {"config schema etl > etl.schema.json"},
          .run = execute_config_schema};
}

}  // namespace penstock

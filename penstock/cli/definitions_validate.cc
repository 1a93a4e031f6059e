#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/cli/commands.h"

namespace penstock {
namespace {

Result<ExitCode> execute_definitions_validate(CommandContext& context) {
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  const auto jobs = definitions.jobs().size(), ops = definitions.ops().size(),
             resources = definitions.resources().size();
  if (context.global.json)
    context.print_json({{"schema", "definitions_validate.v1"},
                        {"ok", true},
                        {"jobs", jobs},
                        {"ops", ops},
                        {"resources", resources}});
  else
    context.print(fmt::format("ok: {} jobs, {} ops, {} resources\n", jobs, ops, resources));
  return ExitCode::Done;
}

}  // namespace

CommandSpec definitions_validate_command() {
  return {.name = "definitions validate",
          .summary = "check the definitions of this program",
          .details = "Prints ok, or all problems.",
          .examples = {"definitions validate"},
          .run = execute_definitions_validate,
          .aliases = {"check defs"}};
}

}  // namespace penstock

#include <nlohmann/json.hpp>

#include "penstock/cli/commands.h"
#include "penstock/view/definitions_view.h"

namespace penstock {
namespace {

Result<ExitCode> execute_describe(CommandContext& context) {
  auto json = definitions_json(PENSTOCK_TRY(context.services.definitions()));
  json["program"] = context.services.program;
  json["penstock"] = context.services.version;
  json["build_id"] = context.services.build_id;
  context.print_json(json);
  return ExitCode::Done;
}

}  // namespace

CommandSpec describe_command() {
  return {.name = "describe",
          .summary = "print all definitions of this program as JSON",
          .details =
              "Ops, resources, loaders and jobs with all that was declared of them, for other "
              "programs: always\nJSON, the same for the same build. For people there are 'job "
              "show' and 'definitions list'.",
          .examples = {"describe > definitions.json"},
          .run = execute_describe};
}

}  // namespace penstock

#include <nlohmann/json.hpp>

#include "penstock/cli/commands.h"

namespace penstock {
namespace {

Result<ExitCode> execute_version(CommandContext& context) {
  const auto& services = context.services;
  if (context.global.json)
    context.print_json({{"schema", "version.v1"},
                        {"program", services.program},
                        {"penstock", services.version},
                        {"build_id", services.build_id}});
  else
    context.print(services.program + " (penstock " + services.version + ", build " +
                  services.build_id.substr(0, 12) + ")\n");
  return ExitCode::Done;
}

}  // namespace

CommandSpec version_command() {
  return {.name = "version",
          .summary = "print the version of this program",
          .examples = {"version"},
          .run = execute_version};
}

}  // namespace penstock

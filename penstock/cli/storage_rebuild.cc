#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"

namespace penstock {
namespace {

Result<ExitCode> execute_storage_rebuild(CommandContext& context) {
  const auto storage = PENSTOCK_TRY(context.services.open_storage(context.global.home));
  PENSTOCK_TRY(storage->migrate());
  PENSTOCK_TRY(storage->rebuild_projections());
  if (context.global.json)
    context.print_json({{"schema", "storage_rebuild.v1"}, {"file", storage->file().string()}});
  else
    context.print(
        printable("rebuilt all tables of " + storage->file().string() + " from its events\n"));
  return ExitCode::Done;
}

}  // namespace

CommandSpec storage_rebuild_command() {
  return {.name = "storage rebuild",
          .summary = "fold all tables of the log again from its events",
          .details = "Runs that go on meanwhile wait until it is done.",
          .examples = {"storage rebuild"},
          .run = execute_storage_rebuild};
}

}  // namespace penstock

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"

namespace penstock {
namespace {

Result<ExitCode> execute_storage_migrate(CommandContext& context) {
  const auto storage = PENSTOCK_TRY(context.services.open_storage(context.global.home));
  const auto versions = PENSTOCK_TRY(storage->migrate());
  if (context.global.json)
    context.print_json({{"schema", "storage_migrate.v1"},
                        {"file", storage->file().string()},
                        {"found", versions.found},
                        {"version", versions.now}});
  else if (versions.found == versions.now)
    context.print(printable(
        fmt::format("{} has version {} already\n", storage->file().string(), versions.now)));
  else
    context.print(printable(fmt::format("{} was of version {} and is now of version {}\n",
                                        storage->file().string(), versions.found, versions.now)));
  return ExitCode::Done;
}

}  // namespace

CommandSpec storage_migrate_command() {
  return {
      .name = "storage migrate",
      .summary = "bring the log to the version of this program",
      .details =
          "Every command that opens the log does so by itself; this one does nothing else. Older "
          "programs cannot\nread it any more: as it was, it is kept beside it, as "
          "penstock.db.version-N.",
      .examples = {"storage migrate"},
      .run = execute_storage_migrate};
}

}  // namespace penstock

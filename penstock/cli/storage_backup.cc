#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"

namespace penstock {
namespace {

Result<ExitCode> execute_storage_backup(CommandContext& context) {
  const std::filesystem::path copy = context.args.value("FILE");
  const auto storage = PENSTOCK_TRY(context.services.open_storage(context.global.home));
  PENSTOCK_TRY(storage->back_up(copy));
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(copy, ignored);
  if (context.global.json)
    context.print_json(
        {{"schema", "storage_backup.v1"}, {"file", copy.string()}, {"bytes", bytes}});
  else
    context.print(
        printable(fmt::format("copied the log to {}: {}\n", copy.string(), format_bytes(bytes))));
  return ExitCode::Done;
}

}  // namespace

CommandSpec storage_backup_command() {
  return {.name = "storage backup",
          .summary = "copy the log to a file, while runs go on",
          .details =
              "The copy is of one moment. To use it, put it into a folder as penstock.db "
              "and name the\nfolder with --home. Files that runs made are not copied. A damaged "
              "log is not "
              "copied either.",
          .arguments = {{"FILE", "the copy; must not exist yet"}},
          .examples = {"storage backup penstock-monday.db"},
          .run = execute_storage_backup};
}

}  // namespace penstock

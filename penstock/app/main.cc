#include "penstock/app/main.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>

#include "penstock/app/build_id.h"
#include "penstock/app/interrupts.h"
#include "penstock/app/process.h"
#include "penstock/app/standard_output.h"
#include "penstock/app/terminal.h"
#include "penstock/base/reserve_file.h"
#include "penstock/base/text.h"
#include "penstock/cli/command_line.h"
#include "penstock/model/user_code.h"
#include "penstock/store/sqlite/sqlite_log.h"
#include "penstock/store/sqlite/sqlite_storage.h"
#include "penstock/store/value_files.h"

namespace penstock {
namespace {

constexpr int kInternalError = 1;

Result<Definitions> call_definitions(Result<Definitions> (*definitions)()) {
  std::optional<Result<Definitions>> made;
  auto called = call_user_code([&] { made.emplace(definitions()); });
  if (called.ok()) return *std::move(made);
  auto error = std::move(called).error();
  if (error.code != ErrorCode::UserException) return error;  // that of a Result, see value()
  error.code = ErrorCode::Definition;
  return std::move(error).within("the definitions threw");
}

void tell_of_migration(const std::filesystem::path& file, const StorageVersions& versions) {
  std::cerr << "warning: event log " << file.string() << " was of version " << versions.found
            << " and is now of version " << versions.now
            << ": older programs cannot read it any more; as it was, it is kept in "
            << versions.copy.string() << '\n';
}

/// A log that this user may not look at is none that is not there.
Status check_permission(const std::filesystem::path& home) {
  const auto file = home / "penstock.db";
  if (::access(file.c_str(), R_OK) == 0 || errno != EACCES) return {};
  return make_error(ErrorCode::Io,
                    "the run log " + file.string() + " cannot be read: " + std::strerror(EACCES) +
                        "; ask the owner of the folder, or name another with --home");
}

Result<std::unique_ptr<EventLog>> open_log(const std::filesystem::path& home, bool create) {
  PENSTOCK_TRY(check_permission(home));
  std::error_code ignored;
  if (!create && !std::filesystem::exists(home / "penstock.db", ignored))
    return make_error(ErrorCode::NotFound,
                      "there is no run log in " + home.string() +
                          ": run a job first, or name another folder with --home");
  auto log = PENSTOCK_TRY(SqliteLog::open(home, {.on_migrated = tell_of_migration}));
  if (create) make_reserve(home);
  return std::unique_ptr<EventLog>(std::move(log));
}

Result<std::unique_ptr<LogStorage>> open_storage(const std::filesystem::path& home) {
  PENSTOCK_TRY(check_permission(home));
  return std::unique_ptr<LogStorage>(
      PENSTOCK_TRY(SqliteStorage::open(home, std::chrono::minutes(10), tell_of_migration)));
}

Services make_services(const char* program, Result<Definitions> (*definitions)()) {
  Services services;
  services.program = std::filesystem::path(program).filename().string();
  services.version = PENSTOCK_VERSION;
  services.build_id = program_build_id();
  services.definitions = [definitions] { return call_definitions(definitions); };
  services.open_log = open_log;
  services.watch_interrupts = watch_interrupts;
  services.is_process_gone = is_process_gone;
  services.ask_process_to_stop = ask_process_to_stop;
  services.open_storage = open_storage;
  services.open_values = [](const std::filesystem::path& home) {
    return std::make_unique<ValueFiles>(home);
  };
  services.environment = process_environment().variable;
  services.terminal = terminal_of_stdout(services.environment);
  services.out = &std::cout;
  services.err = &std::cerr;
  return services;
}

}  // namespace

int main(int argc, char** argv, Result<Definitions> (*definitions)()) {
  const auto code = call_user_code([&] {
    const CaughtPipeSignal no_signal;
    const StandardOutput output;
    const SystemClock clock;
    Services services = make_services(argc > 0 ? argv[0] : "penstock", definitions);
    services.clock = &clock;
    services.output_error = [&output] { return output.error(); };
    return run_command_line(services, {argv + std::min(argc, 1), argv + argc});
  });
  if (code.ok()) return *code;
  std::fprintf(stderr, "internal error: %s\n", printable(with_causes(code.error())).c_str());
  return kInternalError;
}

}  // namespace penstock

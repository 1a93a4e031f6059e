#include "penstock/store/sqlite/copy_file.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "penstock/base/private_files.h"
#include "penstock/store/sqlite/schema.h"

namespace penstock::detail {
namespace {

Status copy_pages(Database& from, Database& copy) {
  sqlite3_backup* backup = sqlite3_backup_init(copy.handle(), "main", from.handle(), "main");
  if (backup == nullptr) return copy.error(sqlite3_errcode(copy.handle()));
  from.forget_waits();
  int code = SQLITE_OK;
  // All pages in one step, so that what others write meanwhile is not in the copy.
  for (int attempt = 0;; ++attempt) {
    code = sqlite3_backup_step(backup, -1);
    if (!from.wait_for_lock(code, attempt)) break;
  }
  const int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return copy.error(code);
  if (finished != SQLITE_OK) return copy.error(finished);
  return {};
}

Error damaged(const Database& from, std::string_view what) {
  return make_error(
      ErrorCode::Corrupt,
      fmt::format("event log {} is damaged ({}), and so was the copy: it was removed; "
                  "restore the log from an older copy",
                  from.file().string(), what));
}

Status check_copy(const Database& from, Database& copy) {
  auto row = PENSTOCK_TRY(Statement::prepare(copy, "PRAGMA quick_check(1)"));
  const auto found = row.step();
  if (!found.ok()) return damaged(from, found.error().message);
  const std::string text(row.column_text(0));
  if (text != "ok") return damaged(from, text);
  return {};
}

Status fill(Database& from, const std::filesystem::path& file,
            std::chrono::milliseconds lock_timeout) {
  auto copy = PENSTOCK_TRY(Database::open(file, lock_timeout));
  PENSTOCK_TRY(copy_pages(from, *copy));
  PENSTOCK_TRY(check_copy(from, *copy));
  copy->checkpoint(true);
  return {};
}

void remove_database(const std::filesystem::path& file) {
  std::error_code ignored;
  for (const char* end : {"", "-wal", "-shm"})
    std::filesystem::remove(file.string() + end, ignored);
}

Status check_folder_of(const std::filesystem::path& copy) {
  const auto folder = copy.has_parent_path() ? copy.parent_path() : std::filesystem::path(".");
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) return {};
  return make_error(ErrorCode::NotFound, fmt::format("cannot make {}: there is no folder {}",
                                                     copy.string(), folder.string()));
}

// A copy that is there is of an earlier migration, and stays.
std::filesystem::path free_name(const std::string& name) {
  std::error_code ignored;
  auto path = name;
  for (int i = 2; std::filesystem::exists(path, ignored); ++i) path = fmt::format("{}.{}", name, i);
  return path;
}

}  // namespace

Status copy_file(Database& from, const std::filesystem::path& copy,
                 std::chrono::milliseconds lock_timeout) {
  PENSTOCK_TRY(check_folder_of(copy));
  const auto unfinished = copy.string() + ".unfinished";
  remove_database(unfinished);
  PENSTOCK_TRY(make_private_file(unfinished));
  auto copied = fill(from, unfinished, lock_timeout);
  std::error_code error;
  if (copied.ok()) std::filesystem::rename(unfinished, copy, error);
  remove_database(unfinished);
  if (error)
    return make_error(ErrorCode::Io, "cannot make " + copy.string() + ": " + error.message());
  return copied;
}

Result<StorageVersions> migrate_file(const std::filesystem::path& file,
                                     std::chrono::milliseconds lock_timeout,
                                     const OnMigrated& on_migrated) {
  auto database = PENSTOCK_TRY(Database::open(file, lock_timeout));
  StorageVersions versions;
  versions.found = versions.now = migrations().back().version;
  const auto keep_copy = [&](std::int64_t found) -> Status {
    versions.found = found;
    versions.copy = free_name(fmt::format("{}.version-{}", file.string(), found));
    // Another connection, which does not see what is being changed.
    auto reader = PENSTOCK_TRY(Database::open_reader(file, lock_timeout));
    return copy_file(*reader, versions.copy, lock_timeout);
  };
  PENSTOCK_TRY(migrate(*database, migrations(), keep_copy));
  if (!versions.copy.empty() && on_migrated) on_migrated(file, versions);
  return versions;
}

}  // namespace penstock::detail

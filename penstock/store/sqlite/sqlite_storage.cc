#include "penstock/store/sqlite/sqlite_storage.h"

#include <sqlite3.h>

#include "penstock/base/private_files.h"
#include "penstock/store/sqlite/check_file.h"
#include "penstock/store/sqlite/delete_run.h"
#include "penstock/store/sqlite/fold_log.h"
#include "penstock/store/sqlite/schema.h"

namespace penstock {
namespace {

using detail::Database;

Status copy_database(Database& from, const std::filesystem::path& file,
                     std::chrono::milliseconds lock_timeout) {
  auto copy = PENSTOCK_TRY(Database::open(file, lock_timeout));
  sqlite3_backup* backup = sqlite3_backup_init(copy->handle(), "main", from.handle(), "main");
  if (backup == nullptr) return copy->error(sqlite3_errcode(copy->handle()));
  from.forget_waits();
  int code = SQLITE_OK;
  // All pages in one step, so that what others write meanwhile is not in the copy.
  for (int attempt = 0;; ++attempt) {
    code = sqlite3_backup_step(backup, -1);
    if (!from.wait_for_lock(code, attempt)) break;
  }
  const int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return copy->error(code);
  if (finished != SQLITE_OK) return copy->error(finished);
  copy->checkpoint(true);
  return {};
}

void remove_database(const std::filesystem::path& file) {
  std::error_code ignored;
  for (const char* end : {"", "-wal", "-shm"})
    std::filesystem::remove(file.string() + end, ignored);
}

Result<StorageRoom> room_of(Database& database) {
  const auto page = PENSTOCK_TRY(database.query_int("PRAGMA page_size"));
  return StorageRoom{PENSTOCK_TRY(database.query_int("PRAGMA page_count")) * page,
                     PENSTOCK_TRY(database.query_int("PRAGMA freelist_count")) * page};
}

}  // namespace

Result<std::unique_ptr<SqliteStorage>> SqliteStorage::open(const std::filesystem::path& home,
                                                           std::chrono::milliseconds timeout) {
  const auto file = home / "penstock.db";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return make_error(ErrorCode::NotFound,
                      "there is no run log in " + home.string() +
                          ": run a job first, or name another folder with --home");
  return std::unique_ptr<SqliteStorage>(new SqliteStorage(file, timeout));
}

Result<StorageVersions> SqliteStorage::versions() {
  auto database = PENSTOCK_TRY(Database::open_reader(file_, lock_timeout_));
  return StorageVersions{PENSTOCK_TRY(database->query_int("PRAGMA user_version")),
                         detail::migrations().back().version};
}

Result<StorageVersions> SqliteStorage::migrate() {
  auto database = PENSTOCK_TRY(Database::open(file_, lock_timeout_));
  StorageVersions versions;
  versions.found = PENSTOCK_TRY(database->query_int("PRAGMA user_version"));
  PENSTOCK_TRY(detail::migrate(*database, detail::migrations()));
  versions.now = PENSTOCK_TRY(database->query_int("PRAGMA user_version"));
  return versions;
}

Status SqliteStorage::rebuild_projections() {
  auto database = PENSTOCK_TRY(Database::open(file_, lock_timeout_));
  auto transaction = PENSTOCK_TRY(detail::Transaction::begin(*database));
  PENSTOCK_TRY(detail::clear_projections(*database));
  PENSTOCK_TRY(detail::fold_log(*database));
  return transaction.commit();
}

Result<std::vector<StorageFinding>> SqliteStorage::check() {
  // It changes tables in memory only.
  auto database = PENSTOCK_TRY(Database::open_reader(file_, lock_timeout_));
  PENSTOCK_TRY(database->execute("PRAGMA query_only=0"));
  auto findings = PENSTOCK_TRY(detail::check_integrity(*database));
  if (!findings.empty()) return findings;
  return detail::check_projections(*database);
}

Status SqliteStorage::back_up(const std::filesystem::path& copy) {
  std::error_code ignored;
  if (std::filesystem::exists(copy, ignored))
    return make_error(ErrorCode::Refused, copy.string() + " exists already; name a new file");
  auto database = PENSTOCK_TRY(Database::open_reader(file_, lock_timeout_));
  // Under another name until it is whole.
  const auto unfinished = copy.string() + ".unfinished";
  remove_database(unfinished);
  PENSTOCK_TRY(make_private_file(unfinished));
  auto copied = copy_database(*database, unfinished, lock_timeout_);
  std::error_code error;
  if (copied.ok()) std::filesystem::rename(unfinished, copy, error);
  remove_database(unfinished);
  if (error)
    return make_error(ErrorCode::Io, "cannot make " + copy.string() + ": " + error.message());
  return copied;
}

Result<std::int64_t> SqliteStorage::delete_run(const RunId& run, std::string_view by, Time now) {
  auto database = PENSTOCK_TRY(Database::open(file_, lock_timeout_));
  return detail::delete_run(*database, run, by, now);
}

Result<StorageRoom> SqliteStorage::room() {
  auto database = PENSTOCK_TRY(Database::open_reader(file_, lock_timeout_));
  return room_of(*database);
}

Result<StorageRoom> SqliteStorage::compact() {
  auto database = PENSTOCK_TRY(Database::open(file_, lock_timeout_));
  PENSTOCK_TRY(database->execute("VACUUM"));
  database->checkpoint(true);
  return room_of(*database);
}

}  // namespace penstock

#include "penstock/store/sqlite/sqlite_storage.h"

#include "penstock/store/sqlite/check_file.h"
#include "penstock/store/sqlite/delete_run.h"
#include "penstock/store/sqlite/fold_log.h"
#include "penstock/store/sqlite/schema.h"

namespace penstock {
namespace {

using detail::Database;

Result<StorageRoom> room_of(Database& database) {
  const auto page = PENSTOCK_TRY(database.query_int("PRAGMA page_size"));
  return StorageRoom{PENSTOCK_TRY(database.query_int("PRAGMA page_count")) * page,
                     PENSTOCK_TRY(database.query_int("PRAGMA freelist_count")) * page};
}

}  // namespace

Result<std::unique_ptr<SqliteStorage>> SqliteStorage::open(const std::filesystem::path& home,
                                                           std::chrono::milliseconds timeout,
                                                           OnMigrated on_migrated) {
  const auto file = home / "penstock.db";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return make_error(ErrorCode::NotFound,
                      "there is no run log in " + home.string() +
                          ": run a job first, or name another folder with --home");
  return std::unique_ptr<SqliteStorage>(new SqliteStorage(file, timeout, std::move(on_migrated)));
}

Result<StorageVersions> SqliteStorage::versions() {
  auto database = PENSTOCK_TRY(Database::open_reader(file_, lock_timeout_));
  return StorageVersions{PENSTOCK_TRY(database->query_int("PRAGMA user_version")),
                         detail::migrations().back().version};
}

Result<StorageVersions> SqliteStorage::migrate() {
  return detail::migrate_file(file_, lock_timeout_, on_migrated_);
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
  return detail::copy_file(*database, copy, lock_timeout_);
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

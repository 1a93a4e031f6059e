// Looks after the log in a SQLite file: health, room, copies, deletion.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "penstock/event/log_storage.h"
#include "penstock/store/sqlite/copy_file.h"

namespace penstock {

/// The LogStorage of `<home>/penstock.db`. Each call opens the file for itself.
class SqliteStorage final : public LogStorage {
 public:
  /// NotFound when the home folder has no log; nothing is made and nothing migrated.
  static Result<std::unique_ptr<SqliteStorage>> open(
      const std::filesystem::path& home,
      std::chrono::milliseconds lock_timeout = std::chrono::minutes(10),
      OnMigrated on_migrated = {});

  const std::filesystem::path& file() const override { return file_; }
  Result<StorageVersions> versions() override;
  Result<StorageVersions> migrate() override;
  Status rebuild_projections() override;
  Result<std::vector<StorageFinding>> check() override;
  Status back_up(const std::filesystem::path& copy) override;
  Result<std::int64_t> delete_run(const RunId& run, std::string_view by, Time now) override;
  Result<StorageRoom> room() override;
  Result<StorageRoom> compact() override;

 private:
  SqliteStorage(std::filesystem::path file, std::chrono::milliseconds lock_timeout,
                OnMigrated on_migrated)
      : file_(std::move(file)), lock_timeout_(lock_timeout), on_migrated_(std::move(on_migrated)) {}

  std::filesystem::path file_;
  std::chrono::milliseconds lock_timeout_;
  OnMigrated on_migrated_;
};

}  // namespace penstock

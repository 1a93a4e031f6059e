// The log in one SQLite file: the default store. docs/formats/event-log.md describes the file.
//
// One thread per SqliteLog commits whatever waits as a group; several processes may share the file.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "penstock/event/event_log.h"
#include "penstock/store/sqlite/copy_file.h"

namespace penstock {

/// How to open a SqliteLog.
struct SqliteOptions {
  /// How long another process may hold the file before that is a failure.
  std::chrono::milliseconds lock_timeout = std::chrono::minutes(10);
  /// Size that the file may not exceed, in bytes; 0: no limit but the disk.
  std::uint64_t max_bytes = 0;
  /// Told by open() when it has migrated the file.
  OnMigrated on_migrated = {};
};

/// A stored event that cannot be decoded: readers skip it.
struct QuarantinedEvent {
  std::uint64_t seq = 0;
  std::string why;
};

/// An EventLog in `<home>/penstock.db`. Thread-safe.
///
/// Not to be carried over fork(): open it in the child. Destroyed, it first commits what waits.
class SqliteLog final : public EventLog {
 public:
  /// Open the log of a home folder; folder and file are made where they are missing, and a file of
  /// an older version is migrated, and a copy of it kept. A file of a newer version is
  /// ErrorCode::Refused.
  static Result<std::unique_ptr<SqliteLog>> open(const std::filesystem::path& home,
                                                 const SqliteOptions& options = {});
  ~SqliteLog() override;

  void append(std::vector<Event> events) override;
  Status sync() override;
  bool healthy() const override;
  Status read(const EventQuery& query, const std::function<bool(const Event&)>& visit) override;
  Result<std::vector<RunRecord>> runs(const RunQuery& query) override;
  Result<RunRecord> find_run(std::string_view id) override;
  Result<std::map<std::string, OpHistory>> op_history(const std::string& job) override;
  Result<std::vector<AssetRecord>> assets(const std::string& asset) override;
  Result<std::vector<CheckRecord>> checks(const std::string& asset) override;

  /// Empty the projections and fold the whole log again, in one transaction that others wait for.
  Status rebuild_projections();
  /// The events that read() had to skip so far, in order of seq; the first thousand.
  std::vector<QuarantinedEvent> quarantined() const;
  /// Where the log lies.
  const std::filesystem::path& file() const;

 private:
  class Impl;
  explicit SqliteLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace penstock

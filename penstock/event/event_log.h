// The ports of the log: where events go, and where what happened is read back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "penstock/event/event.h"
#include "penstock/event/run_record.h"

namespace penstock {

/// Which events to read. Empty members do not restrict.
struct EventQuery {
  std::optional<RunId> run = {};
  std::uint64_t after = 0;               ///< only events with a larger seq
  std::optional<std::string> step = {};
  std::vector<std::string> types = {};   ///< any of these
  std::size_t limit = SIZE_MAX;
  bool newest_first = false;
};

/// Which runs to list, newest first. Empty members do not restrict.
struct RunQuery {
  std::optional<std::string> job = {};
  std::optional<RunStatus> status = {};
  std::optional<RunId> before = {};  ///< only runs older than this one: the cursor
  std::size_t limit = 100;
};

/// What an op cost over its past attempts; learned, so that later runs can reserve.
struct OpHistory {
  std::int64_t successes = 0;
  std::int64_t total_us = 0;
  std::int64_t longest_us = 0;
};

/// Latest materialization and checks of one partition of an asset.
struct AssetRecord {
  std::string asset;
  std::string partition;
  RunId run = {};
  std::uint64_t seq = 0;  ///< of the ASSET_MATERIALIZATION event
  Time time{};
  std::string path = {};
};

/// The append-only log and its projections: a port, made real by memory and SQLite.
///
/// Thread-safe. Projections change in the same transaction as the events that cause them.
class EventLog {
 public:
  virtual ~EventLog() = default;

  /// Queue events for one group commit, in order; seq numbers are given when they are committed.
  /// Returns at once unless the queue is very long. After a failure, events are refused and sync()
  /// tells why.
  virtual void append(std::vector<Event> events) = 0;
  /// Wait until everything appended before is durable.
  virtual Status sync() = 0;

  /// Call `visit` for each event in order of seq until it returns false.
  virtual Status read(const EventQuery& query, const std::function<bool(const Event&)>& visit) = 0;
  virtual Result<std::vector<RunRecord>> runs(const RunQuery& query) = 0;
  /// The run whose id has this text, or ends or begins with it (at least 6 characters). NotFound
  /// when there is none, Conflict when there are several.
  virtual Result<RunRecord> find_run(std::string_view id) = 0;
  virtual Result<std::map<std::string, OpHistory>> op_history(const std::string& job) = 0;
  virtual Result<std::vector<AssetRecord>> assets(const std::string& asset) = 0;
};

}  // namespace penstock

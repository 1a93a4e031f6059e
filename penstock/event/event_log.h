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
  std::uint64_t after = 0;  ///< only events with a larger seq
  std::optional<std::string> step = {};
  std::vector<std::string> types = {};  ///< any of these
  std::string text = {};                ///< occurs in the body, as it is stored: in its JSON
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

/// What one successful attempt of an op cost.
struct OpSample {
  std::uint64_t seq = 0;      ///< of its STEP_SUCCESS
  std::int64_t bytes_in = 0;  ///< of the values that it was given
  /// Bytes that it is known to have needed: the peak of its process where it had one to itself, or
  /// what it gave, if that is more.
  std::int64_t memory = 0;
  std::int64_t duration_us = 0;
  friend bool operator==(const OpSample&, const OpSample&) = default;
};
/// So many samples of an op are kept.
inline constexpr std::size_t kOpSamples = 16;

/// What an op cost over its past attempts; learned, so that later runs can reserve.
struct OpHistory {
  std::int64_t successes = 0;
  std::int64_t total_us = 0;
  std::int64_t longest_us = 0;
  std::vector<OpSample> samples = {};  ///< the latest, oldest first
  friend bool operator==(const OpHistory&, const OpHistory&) = default;
};

/// The op of a step: its key without the parts in brackets, `map.load` for `map[a].load[b]`.
std::string op_of_step(std::string_view step);

/// Latest materialization of one partition of an asset.
struct AssetRecord {
  std::string asset;
  std::string partition;
  RunId run = {};
  std::uint64_t seq = 0;  ///< of the ASSET_MATERIALIZATION event
  Time time{};
  std::string path = {};
  friend bool operator==(const AssetRecord&, const AssetRecord&) = default;
};

/// Latest result of one check of one partition of an asset.
struct CheckRecord {
  std::string asset;
  std::string check;
  std::string partition;
  bool passed = false;
  std::string severity;  ///< WARN, ERROR
  RunId run = {};
  std::uint64_t seq = 0;  ///< of the ASSET_CHECK_EVALUATION event
  Time time{};
  friend bool operator==(const CheckRecord&, const CheckRecord&) = default;
};

/// The append-only log and its projections: a port, made real by memory and SQLite.
///
/// Thread-safe. Projections change in the same transaction as the events that cause them.
class EventLog {
 public:
  virtual ~EventLog() = default;

  /// Queue events for one group commit, in order; seq numbers are given when they are committed.
  /// The events of one call become durable together or not at all. Returns at once unless the queue
  /// is very long. After a failure, events are refused and sync() tells why.
  virtual void append(std::vector<Event> events) = 0;
  /// Wait until everything appended before is durable. Conflict, told once, when an event had been
  /// left out because its run may not have it now (see fold()); the rest is durable all the same.
  virtual Status sync() = 0;
  /// False once events are refused for good, as after a full disk: sync() tells why. Cheap.
  virtual bool healthy() const { return true; }

  /// Call `visit` for each event in order of seq until it returns false.
  /// A stored event that cannot be decoded is skipped. No lock is held while `visit` runs.
  virtual Status read(const EventQuery& query, const std::function<bool(const Event&)>& visit) = 0;
  virtual Result<std::vector<RunRecord>> runs(const RunQuery& query) = 0;
  /// The run whose id has this text, or ends or begins with it (at least 6 characters). NotFound
  /// when there is none, Conflict when there are several.
  virtual Result<RunRecord> find_run(std::string_view id) = 0;
  /// What each op of a job cost so far, by op_of_step().
  virtual Result<std::map<std::string, OpHistory>> op_history(const std::string& job) = 0;
  /// The partitions of an asset that were made, in order of their names; all assets when empty.
  virtual Result<std::vector<AssetRecord>> assets(const std::string& asset) = 0;
  /// The latest check results of an asset, in order of check and partition; all assets when empty.
  virtual Result<std::vector<CheckRecord>> checks(const std::string& asset) = 0;
};

}  // namespace penstock

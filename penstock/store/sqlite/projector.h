// Keeps the projections of the log in step with its events, inside the writer's transaction.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "penstock/event/attempt_fence.h"
#include "penstock/event/ledger.h"
#include "penstock/store/sqlite/database.h"

namespace penstock::detail {

/// Lets strings be looked up by string_view without a copy.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

/// What the writer remembers of a run between events.
struct RunEntry {
  std::int64_t id = 0;       ///< stands for the run within the file
  std::int64_t base_us = 0;  ///< what the times of its rows count from
  RunRecord record;          ///< its id is empty until RUN_STARTING
  AttemptFence fence = {};   ///< of what this process wrote: no other runs the steps
  std::uint64_t last_seq = 0;
  bool is_deleted = false;        ///< nothing but records of assets and checks is left of it
  bool is_stored = false;         ///< there is a row in `runs`
  bool is_changed = false;        ///< the record differs from its rows
  std::int64_t stored_fence = 0;  ///< whose process is in the row
  std::int64_t lost_fence = -1;   ///< that this process asked for, and another one had
  std::uint64_t generation = 0;
  /// The row that holds the text of a step key, for steps that have begun and not ended.
  std::unordered_map<std::string, std::uint64_t, TextHash, std::equal_to<>> step_rows = {};
};

/// Applies events to the projections: at once in memory, in flush() in the file. One thread at a
/// time, within a transaction.
class Projector {
 public:
  static Result<Projector> make(Database& database);

  /// The entry of the event's run, or null when it has none. A new run is entered into the file.
  Result<RunEntry*> run_of(const Event& event);
  /// Apply an event that has its seq. Conflict, with nothing changed, when the run may not have it.
  Status apply(const Event& event, RunEntry* run);
  /// Add to what the ops of a job cost.
  void add_history(const std::string& job, const std::map<std::string, OpHistory>& ops);
  /// Write what changed since the last flush.
  Status flush();
  /// Another process has written: read runs again before they are used.
  void expire() { ++generation_; }
  /// Forget everything, after a rollback.
  void clear();

 private:
  explicit Projector(Database& database) : database_(&database) {}
  Status prepare();
  Result<RunEntry> load(const Event& event);
  Status load_record(RunEntry& entry);
  Status flush_run(RunEntry& entry);
  Status flush_ops();
  Status flush_op(const std::string& job, const std::string& name, const OpHistory& op);
  Status flush_assets();
  void forget_ended_runs();

  Database* database_;
  std::map<RunId, RunEntry> runs_;
  std::vector<RunEntry*> touched_;  ///< runs with events since the last flush
  Ledger ledger_;                   ///< since the last flush; of ops, what is to be added
  std::uint64_t generation_ = 1;
  Statement select_id_, insert_id_, update_id_, select_deleted_, select_run_, insert_run_,
      update_process_, upsert_state_, upsert_op_, insert_sample_, trim_samples_, upsert_asset_,
      upsert_check_;
};

/// The 16 bytes of a run id as the file holds them.
std::string run_id_bytes(const RunId& run);
/// Read them back, or ErrorCode::Corrupt.
Result<RunId> run_id_from_bytes(std::string_view bytes);

/// The columns that read_run_record() expects, and the tables they are of. The duration of a run is
/// in the event that ended it, which is one of its last.
inline constexpr const char* kSelectRuns =
    "SELECT i.run_id, r.job, s.status, r.tags, r.config, r.executor, r.build_id, r.parent_run,"
    " r.pid, r.host, r.created_us, s.ended_us, s.running, s.succeeded, s.failed,"
    " s.upstream_failed, s.skipped, s.canceled, s.retried, s.checks_passed, s.checks_warned,"
    " s.checks_failed, s.peak_rss, s.failure_reason, s.error, r.process, s.failure_class,"
    " r.root_run, r.resumes, s.reused, s.fence,"
    " (SELECT CASE WHEN json_valid(e.payload) THEN json_extract(e.payload, '$.duration_us') END"
    "  FROM events e JOIN event_types t ON t.id = e.type"
    "  WHERE s.status >= 3 AND e.seq BETWEEN i.first_seq AND i.last_seq AND e.run = r.id"
    "  AND t.name IN ('RUN_SUCCESS', 'RUN_FAILURE', 'RUN_CANCELED') ORDER BY e.seq DESC LIMIT 1)"
    " FROM runs r JOIN run_states s ON s.id = r.id JOIN run_ids i ON i.id = r.id";
/// The run in the current row.
Result<RunRecord> read_run_record(const Statement& row);

}  // namespace penstock::detail

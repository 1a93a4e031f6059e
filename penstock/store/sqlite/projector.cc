#include "penstock/store/sqlite/projector.h"

#include "penstock/event/event_codec.h"

namespace penstock::detail {
namespace {

constexpr std::size_t kRememberedRuns = 4096;

constexpr const char* kInsertRun =
    "INSERT INTO runs (id, job, created_us, tags, config, executor, build_id, parent_run, pid,"
    " host, process, root_run, resumes)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

constexpr const char* kUpdateProcess =
    "UPDATE runs SET pid = ?2, host = ?3, process = ?4 WHERE id = ?1";

constexpr const char* kUpsertState =
    "INSERT OR REPLACE INTO run_states (id, status, ended_us, running, succeeded, failed,"
    " upstream_failed, skipped, canceled, retried, checks_passed, checks_warned, checks_failed,"
    " peak_rss, failure_reason, error, failure_class, reused, fence)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
    " ?19)";

constexpr const char* kUpsertOp =
    "INSERT INTO op_history (job, op, successes, total_us, longest_us) VALUES (?1, ?2, ?3, ?4, ?5)"
    " ON CONFLICT DO UPDATE SET successes = successes + excluded.successes,"
    " total_us = total_us + excluded.total_us,"
    " longest_us = max(longest_us, excluded.longest_us)";

constexpr const char* kInsertSample =
    "INSERT OR REPLACE INTO op_samples (job, op, seq, bytes_in, memory, duration_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

// Fewer than ?3 samples have none at that offset: then nothing is deleted.
constexpr const char* kTrimSamples =
    "DELETE FROM op_samples WHERE job = ?1 AND op = ?2 AND seq <="
    " (SELECT seq FROM op_samples WHERE job = ?1 AND op = ?2 ORDER BY seq DESC LIMIT 1 OFFSET ?3)";

constexpr const char* kUpsertAsset =
    "INSERT OR REPLACE INTO asset_partitions (asset, partition, seq, time_us, path, run)"
    " VALUES (?1, ?2, ?3, ?4, ?5, (SELECT id FROM run_ids WHERE run_id = ?6))";

constexpr const char* kUpsertCheck =
    "INSERT OR REPLACE INTO check_results (asset, check_name, partition, passed, severity, seq,"
    " time_us, run)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, (SELECT id FROM run_ids WHERE run_id = ?8))";

std::int64_t microseconds(Time time) { return time.time_since_epoch().count(); }

}  // namespace

Result<Projector> Projector::make(Database& database) {
  Projector projector(database);
  PENSTOCK_TRY(projector.prepare());
  return projector;
}

Status Projector::prepare() {
  const auto set = [this](Statement& statement, std::string_view sql) -> Status {
    statement = PENSTOCK_TRY(Statement::prepare(*database_, sql));
    return {};
  };
  PENSTOCK_TRY(set(select_id_, "SELECT id, base_us FROM run_ids WHERE run_id = ?1"));
  PENSTOCK_TRY(set(insert_id_,
                   "INSERT INTO run_ids (run_id, base_us, first_seq, last_seq)"
                   " VALUES (?1, ?2, ?3, ?3) RETURNING id"));
  PENSTOCK_TRY(set(update_id_, "UPDATE run_ids SET last_seq = ?2 WHERE id = ?1"));
  PENSTOCK_TRY(set(select_run_, std::string(kSelectRuns) + " WHERE r.id = ?1"));
  PENSTOCK_TRY(set(select_deleted_, "SELECT deleted FROM run_ids WHERE id = ?1"));
  PENSTOCK_TRY(set(insert_run_, kInsertRun));
  PENSTOCK_TRY(set(update_process_, kUpdateProcess));
  PENSTOCK_TRY(set(upsert_state_, kUpsertState));
  PENSTOCK_TRY(set(upsert_op_, kUpsertOp));
  PENSTOCK_TRY(set(insert_sample_, kInsertSample));
  PENSTOCK_TRY(set(trim_samples_, kTrimSamples));
  PENSTOCK_TRY(set(upsert_asset_, kUpsertAsset));
  return set(upsert_check_, kUpsertCheck);
}

Result<RunEntry*> Projector::run_of(const Event& event) {
  if (event.run.empty()) return nullptr;
  auto found = runs_.find(event.run);
  if (found == runs_.end())
    found = runs_.emplace(event.run, PENSTOCK_TRY(load(event))).first;
  else if (found->second.generation != generation_)
    PENSTOCK_TRY(load_record(found->second));
  return &found->second;
}

Result<RunEntry> Projector::load(const Event& event) {
  RunEntry entry;
  const auto bytes = run_id_bytes(event.run);
  select_id_.bind_blob_at(1, bytes);
  if (PENSTOCK_TRY(select_id_.step())) {
    entry.id = select_id_.column_int(0);
    entry.base_us = select_id_.column_int(1);
    select_id_.reset();
  } else {
    insert_id_.bind_blob_at(1, bytes);
    entry.base_us = microseconds(event.time);
    insert_id_.bind_at(2, entry.base_us);
    insert_id_.bind_at(3, static_cast<std::int64_t>(event.seq));
    const bool inserted = PENSTOCK_TRY(insert_id_.step());
    PENSTOCK_CHECK(inserted, "an insert with RETURNING gives a row");
    entry.id = insert_id_.column_int(0);
    PENSTOCK_TRY(insert_id_.run());
  }
  PENSTOCK_TRY(load_record(entry));
  return entry;
}

Status Projector::load_record(RunEntry& entry) {
  entry.generation = generation_;
  select_deleted_.bind(entry.id);
  entry.is_deleted = PENSTOCK_TRY(select_deleted_.step()) && select_deleted_.column_int(0) != 0;
  select_deleted_.reset();
  select_run_.bind(entry.id);
  entry.is_stored = PENSTOCK_TRY(select_run_.step());
  if (!entry.is_stored) {
    entry.record = {};
    return {};
  }
  auto record = read_run_record(select_run_);
  select_run_.reset();
  entry.record = PENSTOCK_TRY(std::move(record));
  entry.stored_fence = entry.record.fence;
  return {};
}

Status Projector::apply(const Event& event, RunEntry* run) {
  if (run != nullptr && !run->is_deleted) {
    PENSTOCK_TRY(check_attempt(run->fence, event));
    PENSTOCK_TRY(fold(run->record, event));
    note_attempt(run->fence, event);
    if (run->last_seq == 0) touched_.push_back(run);
    run->last_seq = event.seq;
    run->is_changed = true;
  }
  fold(ledger_, event, run == nullptr ? "" : run->record.job);
  return {};
}

void Projector::add_history(const std::string& job, const std::map<std::string, OpHistory>& ops) {
  for (const auto& [name, added] : ops) merge(ledger_.ops[job][name], added);
}

Status Projector::flush() {
  for (auto* run : touched_) PENSTOCK_TRY(flush_run(*run));
  touched_.clear();
  PENSTOCK_TRY(flush_ops());
  PENSTOCK_TRY(flush_assets());
  forget_ended_runs();
  return {};
}

Status Projector::flush_run(RunEntry& entry) {
  PENSTOCK_TRY(update_id_.bind(entry.id, static_cast<std::int64_t>(entry.last_seq)).run());
  entry.last_seq = 0;
  const auto& record = entry.record;
  if (record.id.empty() || !std::exchange(entry.is_changed, false)) return {};
  if (!entry.is_stored) {
    std::string tags;
    encode_tags(record.tags, tags);
    PENSTOCK_TRY(insert_run_
                     .bind(entry.id, record.job, microseconds(record.created), tags, record.config,
                           record.executor, record.build_id, record.parent_run,
                           std::int64_t(record.pid), record.host, record.process, record.root_run,
                           std::int64_t(record.resumes))
                     .run());
    entry.is_stored = true;
  } else if (entry.stored_fence != record.fence) {
    PENSTOCK_TRY(
        update_process_.bind(entry.id, std::int64_t(record.pid), record.host, record.process)
            .run());
  }
  entry.stored_fence = record.fence;
  const auto& steps = record.steps;
  return upsert_state_
      .bind(entry.id, static_cast<std::int64_t>(record.status), microseconds(record.ended),
            steps.running, steps.succeeded, steps.failed, steps.upstream_failed, steps.skipped,
            steps.canceled, steps.retried, record.checks_passed, record.checks_warned,
            record.checks_failed, record.peak_rss, record.failure_reason, record.error,
            record.failure_class, steps.reused, record.fence)
      .run();
}

Status Projector::flush_ops() {
  for (const auto& [job, ops] : ledger_.ops)
    for (const auto& [name, op] : ops) PENSTOCK_TRY(flush_op(job, name, op));
  ledger_.ops.clear();
  return {};
}

Status Projector::flush_op(const std::string& job, const std::string& name, const OpHistory& op) {
  PENSTOCK_TRY(upsert_op_.bind(job, name, op.successes, op.total_us, op.longest_us).run());
  for (const auto& sample : op.samples)
    PENSTOCK_TRY(insert_sample_
                     .bind(job, name, static_cast<std::int64_t>(sample.seq), sample.bytes_in,
                           sample.memory, sample.duration_us)
                     .run());
  return trim_samples_.bind(job, name, static_cast<std::int64_t>(kOpSamples)).run();
}

Status Projector::flush_assets() {
  for (const auto& [key, asset] : ledger_.assets) {
    const auto run = run_id_bytes(asset.run);
    upsert_asset_.bind(asset.asset, asset.partition, static_cast<std::int64_t>(asset.seq),
                       microseconds(asset.time), asset.path);
    upsert_asset_.bind_blob_at(6, run);
    PENSTOCK_TRY(upsert_asset_.run());
  }
  ledger_.assets.clear();
  for (const auto& [key, check] : ledger_.checks) {
    const auto run = run_id_bytes(check.run);
    upsert_check_.bind(check.asset, check.check, check.partition, std::int64_t(check.passed),
                       check.severity, static_cast<std::int64_t>(check.seq),
                       microseconds(check.time));
    upsert_check_.bind_blob_at(8, run);
    PENSTOCK_TRY(upsert_check_.run());
  }
  ledger_.checks.clear();
  return {};
}

// Late messages of a run are rare enough to read it again.
void Projector::forget_ended_runs() {
  if (runs_.size() <= kRememberedRuns / 4) return;
  std::erase_if(runs_, [](const auto& item) { return is_final(item.second.record.status); });
  if (runs_.size() > kRememberedRuns) runs_.clear();
}

void Projector::clear() {
  runs_.clear();
  touched_.clear();
  ledger_ = {};
}

}  // namespace penstock::detail

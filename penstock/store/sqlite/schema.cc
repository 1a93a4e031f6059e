#include "penstock/store/sqlite/schema.h"

#include <array>
#include <string>

#include "penstock/store/sqlite/fold_log.h"

namespace penstock::detail {
namespace {

// `events` has no index but its key: the events of a run lie between first_seq and last_seq.
// A step key is written once for each attempt; the events that follow say how many rows before.
// Times count from the first event of the run. Both make rows a third smaller.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE event_types (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE run_ids (
  id INTEGER PRIMARY KEY,
  run_id BLOB NOT NULL UNIQUE,
  base_us INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  offset_us INTEGER NOT NULL,
  run INTEGER,
  type INTEGER NOT NULL,
  step ANY,
  attempt INTEGER NOT NULL,
  level INTEGER NOT NULL,
  payload TEXT
) STRICT;

CREATE VIEW event_rows AS
SELECT e.seq, coalesce(r.base_us, 0) + e.offset_us AS time_us, r.run_id,
       t.name AS type,
       CASE typeof(e.step)
         WHEN 'integer' THEN (SELECT s.step FROM events s WHERE s.seq = e.seq - e.step)
         ELSE e.step END AS step,
       e.attempt, e.level, coalesce(e.payload, '{}') AS payload
FROM events e JOIN event_types t ON t.id = e.type LEFT JOIN run_ids r ON r.id = e.run;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  tags TEXT NOT NULL,
  config TEXT NOT NULL,
  executor TEXT NOT NULL,
  build_id TEXT NOT NULL,
  parent_run TEXT NOT NULL,
  pid INTEGER NOT NULL,
  host TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_job ON runs (job);

CREATE TABLE run_states (
  id INTEGER PRIMARY KEY,
  status INTEGER NOT NULL,
  ended_us INTEGER NOT NULL,
  running INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  upstream_failed INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  canceled INTEGER NOT NULL,
  retried INTEGER NOT NULL,
  checks_passed INTEGER NOT NULL,
  checks_warned INTEGER NOT NULL,
  checks_failed INTEGER NOT NULL,
  peak_rss INTEGER NOT NULL,
  failure_reason TEXT NOT NULL,
  error TEXT NOT NULL
) STRICT;
CREATE INDEX run_states_by_status ON run_states (status);

CREATE TABLE op_history (
  job TEXT NOT NULL,
  op TEXT NOT NULL,
  successes INTEGER NOT NULL,
  total_us INTEGER NOT NULL,
  longest_us INTEGER NOT NULL,
  PRIMARY KEY (job, op)
) STRICT, WITHOUT ROWID;

CREATE TABLE asset_partitions (
  asset TEXT NOT NULL,
  partition TEXT NOT NULL,
  run INTEGER,
  seq INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  path TEXT NOT NULL,
  PRIMARY KEY (asset, partition)
) STRICT, WITHOUT ROWID;

CREATE TABLE check_results (
  asset TEXT NOT NULL,
  check_name TEXT NOT NULL,
  partition TEXT NOT NULL,
  passed INTEGER NOT NULL,
  severity TEXT NOT NULL,
  run INTEGER,
  seq INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  PRIMARY KEY (asset, check_name, partition)
) STRICT, WITHOUT ROWID;
)sql";

// Of deleted runs the row in `run_ids` stays, so that its number is not given again.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE runs ADD COLUMN process TEXT NOT NULL DEFAULT '';
ALTER TABLE run_ids ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr const char* kVersion3 = R"sql(
ALTER TABLE run_states ADD COLUMN failure_class TEXT NOT NULL DEFAULT '';

CREATE TABLE op_samples (
  job TEXT NOT NULL,
  op TEXT NOT NULL,
  seq INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  memory INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  PRIMARY KEY (job, op, seq)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kVersion4 = R"sql(
ALTER TABLE runs ADD COLUMN root_run TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN resumes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_states ADD COLUMN reused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_states ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr const char* kMigrationsTable =
    "CREATE TABLE IF NOT EXISTS migrations ("
    " version INTEGER PRIMARY KEY, applied_us INTEGER NOT NULL) STRICT";

constexpr std::array<Migration, 4> kMigrations = {
    {{1, kVersion1}, {2, kVersion2}, {3, kVersion3, true}, {4, kVersion4, true}}};

Error newer_version(const Database& database, std::int64_t found, int known) {
  return make_error(ErrorCode::Refused,
                    "event log " + database.file().string() + " has version " +
                        std::to_string(found) + " and this program reads versions up to " +
                        std::to_string(known) + "; use the newer program that wrote it",
                    "newer_version");
}

Status apply(Database& database, const Migration& step) {
  PENSTOCK_TRY(database.execute(kMigrationsTable));
  PENSTOCK_TRY(database.execute(step.sql));
  const auto version = std::to_string(step.version);
  return database.execute(
      ("INSERT INTO migrations VALUES (" + version +
       ", CAST((julianday('now') - 2440587.5) * 86400e6 AS INTEGER)); PRAGMA user_version=" +
       version + "; PRAGMA application_id=" + std::to_string(kApplicationId))
          .c_str());
}

Status fold_again(Database& database) {
  PENSTOCK_TRY(clear_projections(database));
  PENSTOCK_TRY(fold_log(database));
  return {};
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Status migrate(Database& database, std::span<const Migration> steps,
               const BeforeMigration& before) {
  auto found = PENSTOCK_TRY(database.query_int("PRAGMA user_version"));
  if (found > steps.back().version) return newer_version(database, found, steps.back().version);
  if (found == steps.back().version) return {};
  auto transaction = PENSTOCK_TRY(Transaction::begin(database));
  found = PENSTOCK_TRY(database.query_int("PRAGMA user_version"));  // of others in the meantime
  if (found == steps.back().version) return {};
  if (before && found > 0) PENSTOCK_TRY(before(found));
  bool is_told_more = false;
  for (const auto& step : steps) {
    if (found >= step.version) continue;
    PENSTOCK_TRY(apply(database, step));
    is_told_more |= step.folds_again && found > 0;
  }
  if (is_told_more) PENSTOCK_TRY(fold_again(database));
  return transaction.commit();
}

Status clear_projections(Database& database) {
  return database.execute(
      "DELETE FROM runs; DELETE FROM run_states; DELETE FROM op_history;"
      "DELETE FROM op_samples;"
      "DELETE FROM asset_partitions; DELETE FROM check_results;");
}

}  // namespace penstock::detail

#include "penstock/store/sqlite/delete_run.h"

#include <algorithm>

#include "penstock/store/sqlite/deleted_ops.h"
#include "penstock/store/sqlite/projector.h"
#include "penstock/store/sqlite/row_reader.h"

namespace penstock::detail {
namespace {

// ?1 is the run's number in the file.
constexpr const char* kEventsOfRun =
    "seq BETWEEN (SELECT first_seq FROM run_ids WHERE id = ?1)"
    " AND (SELECT last_seq FROM run_ids WHERE id = ?1) AND run = ?1";
constexpr const char* kIsKept =
    "seq IN (SELECT seq FROM asset_partitions WHERE run = ?1"
    " UNION SELECT seq FROM check_results WHERE run = ?1)";

struct StoredRun {
  std::int64_t id = 0;
  RunRecord record;
};

Result<StoredRun> find(Database& database, const RunId& run) {
  auto row =
      PENSTOCK_TRY(Statement::prepare(database, std::string(kSelectRuns) + " WHERE i.run_id = ?1"));
  const auto bytes = run_id_bytes(run);
  row.bind_blob_at(1, bytes);
  if (!PENSTOCK_TRY(row.step()))
    return make_error(ErrorCode::NotFound, "no run " + run.to_string() + " in the log");
  StoredRun found{0, PENSTOCK_TRY(read_run_record(row))};
  row.reset();
  if (!is_final(found.record.status))
    return make_error(ErrorCode::Refused, "run " + run.to_string() + " is " +
                                              std::string(to_string(found.record.status)) +
                                              ": only runs that have ended can be deleted");
  auto id = PENSTOCK_TRY(Statement::prepare(database, "SELECT id FROM run_ids WHERE run_id = ?1"));
  id.bind_blob_at(1, bytes);
  PENSTOCK_CHECK(PENSTOCK_TRY(id.step()), "a run has a number");
  found.id = id.column_int(0);
  return found;
}

Status change(Database& database, const std::string& sql, std::int64_t run) {
  auto statement = PENSTOCK_TRY(Statement::prepare(database, sql));
  statement.bind(run);
  return statement.run();
}

Result<std::int64_t> count(Database& database, const std::string& sql, std::int64_t run) {
  auto statement = PENSTOCK_TRY(Statement::prepare(database, sql));
  statement.bind(run);
  const bool found = PENSTOCK_TRY(statement.step());
  return found ? statement.column_int(0) : 0;
}

// What replay must still know of the run.
Status remember(Database& database, const RunId& run, RunDeleted& body) {
  RowReader reader(database);
  const EventQuery query{.run = run, .types = {"RUN_STARTING", "STEP_SUCCESS"}};
  auto range = PENSTOCK_TRY(reader.range_of(query));
  std::map<std::string, OpHistory> ops;
  for (bool is_last = false; !is_last;) {
    const auto batch = PENSTOCK_TRY(reader.read(query, range, 4096));
    for (const auto& event : batch.events) {
      if (const auto* starting = event.body.get_if<RunStarting>())
        body.folder = starting->folder;
      else if (const auto* success = event.body.get_if<StepSuccess>())
        fold(ops[op_of_step(event.step)], event.seq, *success);
    }
    range.after = batch.last_seq;
    is_last = batch.is_last;
  }
  body.ops = encode_ops(ops);
  return {};
}

// Before anything is deleted, so that no position of the log is ever given twice.
Status insert(Database& database, const RunDeleted& body, Time now) {
  auto type = PENSTOCK_TRY(
      Statement::prepare(database, "INSERT OR IGNORE INTO event_types (name) VALUES (?1)"));
  PENSTOCK_TRY(type.bind(RunDeleted::kType).run());
  auto event = PENSTOCK_TRY(Statement::prepare(
      database,
      "INSERT INTO events (seq, offset_us, run, type, step, attempt, level, payload) VALUES"
      " ((SELECT coalesce(max(seq), 0) + 1 FROM events), ?1, NULL,"
      " (SELECT id FROM event_types WHERE name = ?2), NULL, 0, ?3, ?4)"));
  const auto payload = encode_body(body);
  return event
      .bind(static_cast<std::int64_t>(now.time_since_epoch().count()), RunDeleted::kType,
            static_cast<std::int64_t>(LogLevel::Info), payload)
      .run();
}

Status remove(Database& database, std::int64_t run) {
  const std::string events = kEventsOfRun, kept = kIsKept;
  // The rows that hold their step keys are about to go.
  PENSTOCK_TRY(change(database,
                      "UPDATE events SET step = (SELECT s.step FROM events s"
                      " WHERE s.seq = events.seq - events.step)"
                      " WHERE typeof(step) = 'integer' AND " +
                          kept,
                      run));
  PENSTOCK_TRY(change(database, "DELETE FROM events WHERE " + events + " AND NOT " + kept, run));
  PENSTOCK_TRY(change(database, "DELETE FROM runs WHERE id = ?1", run));
  PENSTOCK_TRY(change(database, "DELETE FROM run_states WHERE id = ?1", run));
  return change(database, "UPDATE run_ids SET deleted = 1 WHERE id = ?1", run);
}

}  // namespace

Result<std::int64_t> delete_run(Database& database, const RunId& run, std::string_view by,
                                Time now) {
  auto transaction = PENSTOCK_TRY(Transaction::begin(database));
  const auto stored = PENSTOCK_TRY(find(database, run));
  RunDeleted body{.run = run.to_string(),
                  .job = stored.record.job,
                  .status = std::string(to_string(stored.record.status)),
                  .by = std::string(by)};
  body.events = PENSTOCK_TRY(count(
      database,
      std::string("SELECT count(*) FROM events WHERE ") + kEventsOfRun + " AND NOT " + kIsKept,
      stored.id));
  PENSTOCK_TRY(remember(database, run, body));
  PENSTOCK_TRY(insert(database, body, now));
  PENSTOCK_TRY(remove(database, stored.id));
  PENSTOCK_TRY(transaction.commit());
  return body.events;
}

}  // namespace penstock::detail

#include "penstock/store/sqlite/row_reader.h"

#include <algorithm>
#include <utility>

#include "penstock/base/narrow.h"
#include "penstock/event/event_codec.h"
#include "penstock/event/outgoing_event.h"
#include "penstock/store/sqlite/projector.h"

namespace penstock::detail {
namespace {

constexpr std::size_t kRememberedSteps = 4096;
constexpr std::int64_t kMaxLevel = static_cast<std::int64_t>(LogLevel::Critical);

std::string in_list(std::size_t count, std::size_t first_parameter) {
  std::string list;
  for (std::size_t i = 0; i < count; ++i)
    list += (i == 0 ? "?" : ", ?") + std::to_string(first_parameter + i);
  return list;
}

// Parameters: 1 after, 2 until, 3 limit, 4 run, 5 step, 6… types, then the text.
std::string select_events(const EventQuery& query) {
  const std::string of_run =
      query.run ? " AND e.run = (SELECT id FROM run_ids WHERE run_id = ?4)" : "";
  std::string sql =
      "SELECT e.seq, coalesce(r.base_us, 0) + e.offset_us, e.run, r.run_id, t.name,"
      " e.step, e.attempt, e.level, e.payload"
      " FROM events e LEFT JOIN event_types t ON t.id = e.type"
      " LEFT JOIN run_ids r ON r.id = e.run WHERE e.seq > ?1 AND e.seq <= ?2";
  sql += of_run;
  if (query.step) {
    std::string holders = "SELECT e.seq FROM events e WHERE e.seq <= ?2 AND e.step = ?5" + of_run;
    if (query.run) holders += " AND e.seq >= (SELECT first_seq FROM run_ids WHERE run_id = ?4)";
    sql += " AND (e.step = ?5 OR (typeof(e.step) = 'integer' AND e.seq - e.step IN (" + holders +
           ")))";
  }
  if (!query.types.empty())
    sql += " AND e.type IN (SELECT id FROM event_types WHERE name IN (" +
           in_list(query.types.size(), 6) + "))";
  if (!query.text.empty())
    sql += " AND instr(e.payload, ?" + std::to_string(6 + query.types.size()) + ") > 0";
  sql += query.newest_first ? " ORDER BY e.seq DESC LIMIT ?3" : " ORDER BY e.seq LIMIT ?3";
  return sql;
}

Error corrupt(std::string what) { return make_error(ErrorCode::Corrupt, std::move(what)); }

Time time_of(std::int64_t microseconds) { return Time(Micros(microseconds)); }

// The run of a row that may belong to none.
Result<RunId> run_of(const Statement& row, int column) {
  if (row.column_is_null(column)) return RunId();
  return run_id_from_bytes(row.column_text(column));
}

}  // namespace

Result<ScanRange> RowReader::range_of(const EventQuery& query) {
  ScanRange range{query.after, 0};
  if (!query.run) {
    range.until = static_cast<std::uint64_t>(
        PENSTOCK_TRY(database_->query_int("SELECT max(seq) FROM events")));
    return range;
  }
  auto row = PENSTOCK_TRY(
      Statement::prepare(*database_, "SELECT first_seq, last_seq FROM run_ids WHERE run_id = ?1"));
  const auto bytes = run_id_bytes(*query.run);
  row.bind_blob_at(1, bytes);
  if (!PENSTOCK_TRY(row.step())) return range;
  range.after = std::max(range.after, static_cast<std::uint64_t>(row.column_int(0)) - 1);
  range.until = static_cast<std::uint64_t>(row.column_int(1));
  return range;
}

Result<EventBatch> RowReader::read(const EventQuery& query, ScanRange range, std::size_t limit) {
  auto row = PENSTOCK_TRY(Statement::prepare(*database_, select_events(query)));
  row.bind(static_cast<std::int64_t>(range.after), static_cast<std::int64_t>(range.until),
           static_cast<std::int64_t>(limit));
  const auto run = query.run ? run_id_bytes(*query.run) : std::string();
  if (query.run) row.bind_blob_at(4, run);
  if (query.step) row.bind_at(5, *query.step);
  for (std::size_t i = 0; i < query.types.size(); ++i)
    row.bind_at(narrow<int>(6 + i), query.types[i]);
  if (!query.text.empty()) row.bind_at(narrow<int>(6 + query.types.size()), query.text);

  EventBatch batch;
  std::size_t seen = 0;
  for (; PENSTOCK_TRY(row.step()); ++seen) {
    batch.last_seq = static_cast<std::uint64_t>(row.column_int(0));
    auto event = decode(row);
    if (event.ok())
      batch.events.push_back(std::move(event).value());
    else
      batch.unreadable.push_back({batch.last_seq, event.error().message});
  }
  batch.is_last = seen < limit;
  return batch;
}

Result<Event> RowReader::decode(const Statement& row) {
  Event event;
  event.seq = static_cast<std::uint64_t>(row.column_int(0));
  event.time = time_of(row.column_int(1));
  if (!row.column_is_null(2) && row.column_is_null(3)) return corrupt("its run is not in run_ids");
  event.run = PENSTOCK_TRY(run_of(row, 3));
  if (row.column_is_null(4)) return corrupt("its type is not in event_types");
  event.step = PENSTOCK_TRY(step_text(row, event.seq));
  const auto attempt = try_narrow<std::int32_t>(row.column_int(6));
  if (!attempt || *attempt < 0 || *attempt == INT32_MAX)
    return corrupt("its attempt is not a number that an attempt can have");
  event.attempt = *attempt;
  const auto level = row.column_int(7);
  if (level < 0 || level > kMaxLevel) return corrupt("its level is unknown");
  event.level = static_cast<LogLevel>(level);
  const auto payload = row.column_is_null(8) ? std::string_view("{}") : row.column_text(8);
  event.body = PENSTOCK_TRY(decode_body(row.column_text(4), payload));
  make_storable(event);  // a file may have been written by anything
  return event;
}

Result<std::string> RowReader::step_text(const Statement& row, std::uint64_t seq) {
  if (step_rows_.size() > kRememberedSteps) step_rows_.clear();
  if (row.column_is_null(5)) return std::string();
  if (!row.column_is_int(5)) {
    std::string text(row.column_text(5));
    step_rows_.insert_or_assign(seq, text);
    return text;
  }
  const auto holder = static_cast<std::int64_t>(seq) - row.column_int(5);
  const auto known = step_rows_.find(static_cast<std::uint64_t>(holder));
  if (known != step_rows_.end()) return known->second;
  if (!std::exchange(has_select_step_, true))
    select_step_ = PENSTOCK_TRY(Statement::prepare(
        *database_, "SELECT step FROM events WHERE seq = ?1 AND typeof(step) = 'text'"));
  select_step_.bind(holder);
  if (!PENSTOCK_TRY(select_step_.step())) return corrupt("the row with its step key is missing");
  std::string text(select_step_.column_text(0));
  select_step_.reset();
  step_rows_.insert_or_assign(static_cast<std::uint64_t>(holder), text);
  return text;
}

Result<std::vector<RunRecord>> RowReader::runs(const RunQuery& query) {
  std::string sql = std::string(kSelectRuns) + " WHERE 1";
  if (query.job) sql += " AND r.job = ?1";
  if (query.status) sql += " AND s.status = ?2";
  if (query.before) sql += " AND r.id < (SELECT id FROM run_ids WHERE run_id = ?3)";
  sql += " ORDER BY r.id DESC LIMIT ?4";
  auto row = PENSTOCK_TRY(Statement::prepare(*database_, sql));
  const auto before = query.before ? run_id_bytes(*query.before) : std::string();
  if (query.job) row.bind_at(1, *query.job);
  if (query.status) row.bind_at(2, static_cast<std::int64_t>(*query.status));
  if (query.before) row.bind_blob_at(3, before);
  row.bind_at(4, static_cast<std::int64_t>(std::min<std::size_t>(query.limit, INT64_MAX)));
  std::vector<RunRecord> records;
  while (PENSTOCK_TRY(row.step())) records.push_back(PENSTOCK_TRY(read_run_record(row)));
  return records;
}

Result<RunRecord> RowReader::find_run(const RunIdPart& part) {
  auto row = PENSTOCK_TRY(Statement::prepare(
      *database_, std::string(kSelectRuns) +
                      " WHERE r.id IN (SELECT id FROM run_ids"
                      " WHERE hex(run_id) LIKE ?1 OR hex(run_id) LIKE ?2) LIMIT 2"));
  const auto as_prefix = part.digits() + "%", as_suffix = "%" + part.digits();
  row.bind(as_prefix, as_suffix);
  if (!PENSTOCK_TRY(row.step())) return part.not_found();
  auto found = PENSTOCK_TRY(read_run_record(row));
  if (!PENSTOCK_TRY(row.step())) return found;
  const auto other = PENSTOCK_TRY(read_run_record(row));
  return part.ambiguous(found.id, other.id);
}

Result<std::map<std::string, OpHistory>> RowReader::op_history(const std::string& job) {
  auto row = PENSTOCK_TRY(Statement::prepare(
      *database_, "SELECT op, successes, total_us, longest_us FROM op_history WHERE job = ?1"));
  row.bind(job);
  std::map<std::string, OpHistory> ops;
  while (PENSTOCK_TRY(row.step()))
    ops.emplace(row.column_text(0),
                OpHistory{row.column_int(1), row.column_int(2), row.column_int(3)});
  auto sample = PENSTOCK_TRY(Statement::prepare(
      *database_,
      "SELECT op, seq, bytes_in, memory, duration_us FROM op_samples WHERE job = ?1"
      " ORDER BY op, seq"));
  sample.bind(job);
  while (PENSTOCK_TRY(sample.step()))
    ops[std::string(sample.column_text(0))].samples.push_back(
        {static_cast<std::uint64_t>(sample.column_int(1)), sample.column_int(2),
         sample.column_int(3), sample.column_int(4)});
  return ops;
}

Result<std::vector<AssetRecord>> RowReader::assets(const std::string& asset) {
  std::string sql =
      "SELECT a.asset, a.partition, i.run_id, a.seq, a.time_us, a.path"
      " FROM asset_partitions a LEFT JOIN run_ids i ON i.id = a.run";
  if (!asset.empty()) sql += " WHERE a.asset = ?1";
  auto row = PENSTOCK_TRY(Statement::prepare(*database_, sql + " ORDER BY a.asset, a.partition"));
  if (!asset.empty()) row.bind(asset);
  std::vector<AssetRecord> records;
  while (PENSTOCK_TRY(row.step()))
    records.push_back({std::string(row.column_text(0)), std::string(row.column_text(1)),
                       PENSTOCK_TRY(run_of(row, 2)), static_cast<std::uint64_t>(row.column_int(3)),
                       time_of(row.column_int(4)), std::string(row.column_text(5))});
  return records;
}

Result<std::vector<CheckRecord>> RowReader::checks(const std::string& asset) {
  std::string sql =
      "SELECT c.asset, c.check_name, c.partition, c.passed, c.severity, i.run_id,"
      " c.seq, c.time_us FROM check_results c LEFT JOIN run_ids i ON i.id = c.run";
  if (!asset.empty()) sql += " WHERE c.asset = ?1";
  sql += " ORDER BY c.asset, c.check_name, c.partition";
  auto row = PENSTOCK_TRY(Statement::prepare(*database_, sql));
  if (!asset.empty()) row.bind(asset);
  std::vector<CheckRecord> records;
  while (PENSTOCK_TRY(row.step()))
    records.push_back({std::string(row.column_text(0)), std::string(row.column_text(1)),
                       std::string(row.column_text(2)), row.column_int(3) != 0,
                       std::string(row.column_text(4)), PENSTOCK_TRY(run_of(row, 5)),
                       static_cast<std::uint64_t>(row.column_int(6)), time_of(row.column_int(7))});
  return records;
}

}  // namespace penstock::detail

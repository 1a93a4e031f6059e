#include "penstock/store/sqlite/group_writer.h"

#include "penstock/event/event_codec.h"
#include "penstock/store/sqlite/schema.h"

namespace penstock::detail {
namespace {

constexpr int kTidyPages = 2'000;      // 8 MB
constexpr int kCrowdedPages = 16'000;  // others write so much that readers must be waited for
// Below this length a key takes no more room than the number of the row that holds it.
constexpr std::size_t kShortKey = 4;

Status limit_size(Database& database, std::uint64_t max_bytes) {
  if (max_bytes == 0) return {};
  const auto page = PENSTOCK_TRY(database.query_int("PRAGMA page_size"));
  const auto pages = std::max<std::uint64_t>(1, max_bytes / static_cast<std::uint64_t>(page));
  return database.execute(("PRAGMA max_page_count=" + std::to_string(pages)).c_str());
}

// After these a step key is not expected again, or begins anew.
bool ends_attempt(const EventBody& body) {
  return body.is<StepSuccess, StepFailure, StepSkipped, StepCanceled, StepUpstreamFailed>();
}

Status deleted(const Event& event) {
  return make_error(ErrorCode::Conflict,
                    "run " + event.run.to_string() + " refuses " + std::string(event_type(event)) +
                        ": it has been deleted",
                    "illegal_event");
}

// A fence is of one process: when somebody else had it first, what comes under it from here is
// refused.
Status check_lost_fence(const RunEntry& run, const Event& event) {
  if (event.fence > run.lost_fence || event.body.is<IntermediateDeleted>()) return {};
  return make_error(ErrorCode::Conflict,
                    "run " + event.run.to_string() + " refuses " + std::string(event_type(event)) +
                        ": another process goes on with it",
                    "illegal_event");
}

Status check_run(const RunEntry& run, const Event& event) {
  if (run.is_deleted) return deleted(event);
  PENSTOCK_TRY(check_lost_fence(run, event));
  return check_fence(run.record, event);
}

}  // namespace

Result<GroupWriter> GroupWriter::open(const std::filesystem::path& file,
                                      std::chrono::milliseconds lock_timeout,
                                      std::uint64_t max_bytes) {
  auto database = PENSTOCK_TRY(Database::open(file, lock_timeout));
  PENSTOCK_TRY(migrate(*database, migrations()));
  PENSTOCK_TRY(limit_size(*database, max_bytes));
  auto projector = PENSTOCK_TRY(Projector::make(*database));
  GroupWriter writer(std::move(database), std::move(projector));
  PENSTOCK_TRY(writer.prepare());
  return writer;
}

Status GroupWriter::prepare() {
  const auto set = [this](Statement& statement, std::string_view sql) -> Status {
    statement = PENSTOCK_TRY(Statement::prepare(*database_, sql));
    return {};
  };
  PENSTOCK_TRY(set(select_version_, "PRAGMA data_version"));
  PENSTOCK_TRY(set(select_seq_, "SELECT coalesce(max(seq), 0) FROM events"));
  PENSTOCK_TRY(set(insert_event_,
                   "INSERT INTO events (seq, offset_us, run, type, step, attempt, level, payload)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
  PENSTOCK_TRY(set(insert_type_, "INSERT OR IGNORE INTO event_types (name) VALUES (?1)"));
  return set(select_type_, "SELECT id FROM event_types WHERE name = ?1");
}

Result<GroupResult> GroupWriter::commit(std::vector<std::vector<Event>>& group) {
  auto result = write(group);
  if (result.ok()) {
    // A removed file accepts writes and syncs like any other.
    auto in_place = database_->check_in_place();
    if (in_place.ok()) return result;
    result = std::move(in_place).error();
  }
  projector_.clear();
  type_ids_.clear();
  data_version_ = -1;
  return result;
}

Result<GroupResult> GroupWriter::write(std::vector<std::vector<Event>>& group) {
  auto transaction = PENSTOCK_TRY(Transaction::begin(*database_));
  PENSTOCK_TRY(notice_other_writers());
  GroupResult result;
  for (auto& events : group)
    for (auto& event : events) PENSTOCK_TRY(write_event(event, result));
  PENSTOCK_TRY(projector_.flush());
  PENSTOCK_TRY(transaction.commit());
  return result;
}

Status GroupWriter::notice_other_writers() {
  const bool has_version = PENSTOCK_TRY(select_version_.step());
  const auto version = has_version ? select_version_.column_int(0) : 0;
  select_version_.reset();
  if (version == data_version_) return {};
  data_version_ = version;
  projector_.expire();
  const bool has_seq = PENSTOCK_TRY(select_seq_.step());
  PENSTOCK_CHECK(has_seq, "an aggregate gives a row");
  next_seq_ = static_cast<std::uint64_t>(select_seq_.column_int(0)) + 1;
  select_seq_.reset();
  return {};
}

Status GroupWriter::write_event(Event& event, GroupResult& result) {
  event.seq = next_seq_;
  RunEntry* run = PENSTOCK_TRY(projector_.run_of(event));
  auto applied = run != nullptr ? check_run(*run, event) : Status();
  if (applied.ok()) applied = projector_.apply(event, run);
  if (!applied.ok()) {
    if (run != nullptr && event.body.is<RunResumed>()) run->lost_fence = event.fence;
    if (!result.refused) result.refused = std::move(applied).error();
    return {};
  }
  ++next_seq_;
  ++result.written;
  return insert(event, run);
}

Status GroupWriter::insert(const Event& event, RunEntry* run) {
  const auto type = PENSTOCK_TRY(type_id(event_type(event)));
  payload_.clear();
  encode_body(event.body, payload_);
  const auto time = static_cast<std::int64_t>(event.time.time_since_epoch().count());
  auto& row = insert_event_;
  row.bind_at(1, static_cast<std::int64_t>(event.seq));
  row.bind_at(2, run != nullptr ? time - run->base_us : time);
  if (run != nullptr)
    row.bind_at(3, run->id);
  else
    row.bind_null_at(3);
  row.bind_at(4, type);
  row.bind_null_at(5);
  if (!event.step.empty()) row.bind_at(5, event.step);
  if (run != nullptr && event.step.size() > kShortKey) {
    const auto [known, is_first] = run->step_rows.try_emplace(event.step, event.seq);
    if (!is_first) row.bind_at(5, static_cast<std::int64_t>(event.seq - known->second));
    if (ends_attempt(event.body)) run->step_rows.erase(known);
  }
  row.bind_at(6, std::int64_t(event.attempt));
  row.bind_at(7, static_cast<std::int64_t>(event.level));
  if (payload_ == "{}")
    row.bind_null_at(8);
  else
    row.bind_at(8, payload_);
  return row.run();
}

Result<std::int64_t> GroupWriter::type_id(std::string_view name) {
  if (const auto known = type_ids_.find(name); known != type_ids_.end()) return known->second;
  PENSTOCK_TRY(insert_type_.bind(name).run());
  select_type_.bind(name);
  const bool found = PENSTOCK_TRY(select_type_.step());
  PENSTOCK_CHECK(found, "an inserted row is found");
  const auto id = select_type_.column_int(0);
  select_type_.reset();
  type_ids_.emplace(name, id);
  return id;
}

void GroupWriter::tidy() {
  if (database_->wal_pages() >= kTidyPages)
    database_->checkpoint(database_->wal_pages() >= kCrowdedPages);
}

}  // namespace penstock::detail

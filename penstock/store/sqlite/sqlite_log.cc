#include "penstock/store/sqlite/sqlite_log.h"

#include <map>
#include <mutex>

#include "penstock/base/private_files.h"
#include "penstock/event/outgoing_event.h"
#include "penstock/store/sqlite/commit_queue.h"
#include "penstock/store/sqlite/fold_log.h"
#include "penstock/store/sqlite/row_reader.h"
#include "penstock/store/sqlite/schema.h"

namespace penstock {
namespace {

using detail::Database;
using detail::RowReader;

constexpr std::size_t kIdleReaders = 4;
constexpr std::size_t kFirstBatch = 256, kLargestBatch = 4096;
constexpr std::size_t kMaxQuarantined = 1000;

// So that reading asks for no room: a disk may be full.
Result<bool> is_up_to_date(const std::filesystem::path& file, std::chrono::milliseconds timeout) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return false;
  const auto database = PENSTOCK_TRY(Database::open_reader(file, timeout));
  const auto version = PENSTOCK_TRY(database->query_int("PRAGMA user_version"));
  return version == detail::migrations().back().version;
}

}  // namespace

class SqliteLog::Impl {
 public:
  Impl(std::filesystem::path file, SqliteOptions options)
      : file_(std::move(file)), options_(options), queue_([this] { return open_writer(); }) {}

  detail::CommitQueue& queue() { return queue_; }
  const std::filesystem::path& file() const { return file_; }

  // Calls `query` with a reader of its own and keeps the connection for the next.
  template <class Query>
  std::invoke_result_t<Query, RowReader&> with_reader(Query query) {
    auto database = PENSTOCK_TRY(take_connection());
    RowReader reader(*database);
    auto result = query(reader);
    if (result.ok()) give_back(std::move(database), std::move(reader));
    return result;
  }

  Status rebuild() {
    auto database = PENSTOCK_TRY(Database::open(file_, options_.lock_timeout));
    auto transaction = PENSTOCK_TRY(detail::Transaction::begin(*database));
    PENSTOCK_TRY(detail::clear_projections(*database));
    PENSTOCK_TRY(detail::fold_log(*database));
    return transaction.commit();
  }

  void quarantine(const std::vector<detail::UnreadableRow>& rows) {
    const std::lock_guard lock(mutex_);
    for (const auto& row : rows)
      if (quarantined_.size() < kMaxQuarantined) quarantined_.emplace(row.seq, row.why);
  }

  std::vector<QuarantinedEvent> quarantined() const {
    const std::lock_guard lock(mutex_);
    std::vector<QuarantinedEvent> events;
    for (const auto& [seq, why] : quarantined_) events.push_back({seq, why});
    return events;
  }

 private:
  Result<detail::GroupWriter> open_writer() const {
    return detail::GroupWriter::open(file_, options_.lock_timeout, options_.max_bytes);
  }

  Result<std::unique_ptr<Database>> take_connection() {
    {
      const std::lock_guard lock(mutex_);
      while (!idle_.empty()) {
        auto database = std::move(idle_.back());
        idle_.pop_back();
        if (database->check_in_place().ok()) return database;
      }
    }
    return Database::open_reader(file_, options_.lock_timeout);
  }

  // Takes the reader, so that its statements are gone before somebody else has the connection.
  void give_back(std::unique_ptr<Database> database, RowReader) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleReaders && database->is_shared()) idle_.push_back(std::move(database));
  }

  const std::filesystem::path file_;
  const SqliteOptions options_;
  mutable std::mutex mutex_;  ///< guards the two below
  std::vector<std::unique_ptr<Database>> idle_;
  std::map<std::uint64_t, std::string> quarantined_;
  detail::CommitQueue queue_;
};

SqliteLog::SqliteLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteLog::~SqliteLog() = default;

Result<std::unique_ptr<SqliteLog>> SqliteLog::open(const std::filesystem::path& home,
                                                   const SqliteOptions& options) {
  const auto file = home / "penstock.db";
  if (!PENSTOCK_TRY(is_up_to_date(file, options.lock_timeout))) {
    PENSTOCK_TRY(make_private_folders(home));
    PENSTOCK_TRY(make_private_file(file));  // what SQLite puts beside it is as private
    PENSTOCK_TRY(detail::migrate_file(file, options.lock_timeout, options.on_migrated));
  }
  return std::unique_ptr<SqliteLog>(new SqliteLog(std::make_unique<Impl>(file, options)));
}

void SqliteLog::append(std::vector<Event> events) {
  for (auto& event : events) make_storable(event);
  impl_->queue().append(std::move(events));
}
bool SqliteLog::healthy() const { return impl_->queue().healthy(); }
Status SqliteLog::sync() { return impl_->queue().sync(); }

Status SqliteLog::read(const EventQuery& query, const std::function<bool(const Event&)>& visit) {
  return impl_->with_reader([&](RowReader& reader) -> Status {
    auto range = PENSTOCK_TRY(reader.range_of(query));
    std::size_t left = query.limit, size = kFirstBatch;
    while (left > 0) {
      const auto batch = PENSTOCK_TRY(reader.read(query, range, std::min(left, size)));
      impl_->quarantine(batch.unreadable);
      for (const auto& event : batch.events)
        if (!visit(event)) return {};
      if (batch.is_last) break;
      left -= batch.events.size();
      size = kLargestBatch;
      if (query.newest_first)
        range.until = batch.last_seq - 1;
      else
        range.after = batch.last_seq;
    }
    return {};
  });
}

Result<std::vector<RunRecord>> SqliteLog::runs(const RunQuery& query) {
  return impl_->with_reader([&](RowReader& reader) { return reader.runs(query); });
}

Result<RunRecord> SqliteLog::find_run(std::string_view id) {
  const auto part = PENSTOCK_TRY(detail::RunIdPart::parse(id));
  return impl_->with_reader([&](RowReader& reader) { return reader.find_run(part); });
}

Result<std::map<std::string, OpHistory>> SqliteLog::op_history(const std::string& job) {
  return impl_->with_reader([&](RowReader& reader) { return reader.op_history(job); });
}

Result<std::vector<AssetRecord>> SqliteLog::assets(const std::string& asset) {
  return impl_->with_reader([&](RowReader& reader) { return reader.assets(asset); });
}

Result<std::vector<CheckRecord>> SqliteLog::checks(const std::string& asset) {
  return impl_->with_reader([&](RowReader& reader) { return reader.checks(asset); });
}

Status SqliteLog::rebuild_projections() { return impl_->rebuild(); }
std::vector<QuarantinedEvent> SqliteLog::quarantined() const { return impl_->quarantined(); }
const std::filesystem::path& SqliteLog::file() const { return impl_->file(); }

}  // namespace penstock

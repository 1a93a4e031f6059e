#include "penstock/store/sqlite/database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include "penstock/base/narrow.h"

namespace penstock::detail {
namespace {

using std::chrono::microseconds;

// Short at first, since a group commit takes about a millisecond.
microseconds lock_pause(int attempt) { return microseconds(100) * (1 << std::min(attempt, 6)); }

constexpr const char* kConnectionSettings =
    "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=33554432;"
    "PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;";

// Reads the file's head, for which a log of writes must be there.
constexpr const char* kTouchFile = "PRAGMA schema_version";

// The kind of errors after which a reader may do with less room.
constexpr std::string_view kNoRoom = "no_room";

std::string immutable_uri(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '%' || c == '?' || c == '#')
      uri += fmt::format("%{:02x}", c);
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

// Whether the tables are those of a log. A file without any is one that is about to become a log.
Result<bool> has_foreign_tables(Database& database) {
  const auto id = PENSTOCK_TRY(database.query_int("PRAGMA application_id"));
  if (id == kApplicationId) return false;
  if (PENSTOCK_TRY(database.query_int("SELECT count(*) FROM main.sqlite_schema")) == 0)
    return id != 0;
  const auto known = PENSTOCK_TRY(database.query_int(
      "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name IN"
      " ('events', 'event_types', 'run_ids', 'runs', 'migrations')"));
  return id != 0 || known < 5;
}

Error foreign_file(const std::filesystem::path& file) {
  return make_error(ErrorCode::Refused,
                    file.string() +
                        " is not a Penstock event log: it is the SQLite database of another "
                        "program, and was left unchanged; name another home folder, or move it",
                    "foreign_file");
}

std::optional<FileNumber> number_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  return FileNumber(found.st_dev, found.st_ino);
}

}  // namespace

// A connection that ignores what lies beside the file, so that nothing there is changed either.
// What it cannot read is left to the real connection: the file may be about to be written. Not by a
// stream of our own: closing it would drop the locks that SQLite holds in this process.
Status Database::refuse_foreign_file(const std::filesystem::path& file) {
  const auto database = connect(file, SQLITE_OPEN_READONLY, std::chrono::milliseconds(0), true);
  if (!database.ok()) return {};
  const auto is_foreign = has_foreign_tables(**database);
  if (is_foreign.ok() && *is_foreign) return foreign_file(file);
  return {};
}

// As the file is with what lies beside it, which may be all of it.
Status Database::refuse_foreign_tables() {
  if (!PENSTOCK_TRY(has_foreign_tables(*this))) return {};
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return foreign_file(file_);
}

Result<std::unique_ptr<Database>> Database::connect(const std::filesystem::path& file, int flags,
                                                    std::chrono::milliseconds lock_timeout,
                                                    bool immutable) {
  std::unique_ptr<Database> database(new Database(file, lock_timeout));
  flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  const auto name = immutable ? immutable_uri(file) : file.string();
  if (immutable) flags |= SQLITE_OPEN_URI;
  const int code = sqlite3_open_v2(name.c_str(), &database->handle_, flags, nullptr);
  if (code != SQLITE_OK) return database->error(code);
  sqlite3_extended_result_codes(database->handle_, 1);
  sqlite3_busy_handler(database->handle_, &Database::on_busy, database.get());
  sqlite3_wal_hook(database->handle_, &Database::on_commit, database.get());
  return database;
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file,
                                                 std::chrono::milliseconds lock_timeout) {
  PENSTOCK_TRY(refuse_foreign_file(file));
  auto database =
      PENSTOCK_TRY(connect(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, lock_timeout));
  PENSTOCK_TRY(database->refuse_foreign_tables());
  PENSTOCK_TRY(database->execute("PRAGMA journal_mode=WAL;"));
  PENSTOCK_TRY(database->execute(kConnectionSettings));
  return database;
}

Result<std::unique_ptr<Database>> Database::open_reader(const std::filesystem::path& file,
                                                        std::chrono::milliseconds lock_timeout) {
  PENSTOCK_TRY(refuse_foreign_file(file));
  auto reader = connect_reader(file, lock_timeout);
  if (reader.ok() || reader.error().kind != kNoRoom) return reader;
  auto without_room = connect_without_room(file);
  return without_room.ok() ? std::move(without_room) : std::move(reader);
}

Result<std::unique_ptr<Database>> Database::connect_reader(const std::filesystem::path& file,
                                                           std::chrono::milliseconds lock_timeout) {
  // Not SQLITE_OPEN_READONLY: after a crash the first reader has to recover the log of writes.
  auto database = PENSTOCK_TRY(connect(file, SQLITE_OPEN_READWRITE, lock_timeout));
  PENSTOCK_TRY(database->execute(kConnectionSettings));
  PENSTOCK_TRY(database->execute("PRAGMA query_only=1;"));
  PENSTOCK_TRY(database->query_int(kTouchFile));
  PENSTOCK_TRY(database->refuse_foreign_tables());
  return database;
}

// A reader needs a log of writes and an index of it beside the file, which a full disk or a folder
// that may not be written refuses. Where there is no log of writes the file is whole without one;
// otherwise the index may be in memory if nobody has the file, for which it is not worth to wait.
Result<std::unique_ptr<Database>> Database::connect_without_room(
    const std::filesystem::path& file) {
  constexpr std::chrono::milliseconds kNoPatience(0);
  std::error_code error;
  const auto written = std::filesystem::file_size(file.string() + "-wal", error);
  const bool has_log = !error && written > 0;
  auto database = PENSTOCK_TRY(has_log ? connect(file, SQLITE_OPEN_READWRITE, kNoPatience)
                                       : connect(file, SQLITE_OPEN_READONLY, kNoPatience, true));
  database->is_shared_ = false;
  if (has_log) PENSTOCK_TRY(database->execute("PRAGMA locking_mode=EXCLUSIVE;"));
  PENSTOCK_TRY(database->execute(kConnectionSettings));
  PENSTOCK_TRY(database->query_int(kTouchFile));
  return database;
}

Database::~Database() {
  if (handle_ != nullptr) sqlite3_close_v2(handle_);
}

// The log of writes is there after the first write, and stays the same while anyone has the file.
Status Database::check_in_place() {
  int has_moved = 0;
  const int code =
      sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, static_cast<void*>(&has_moved));
  bool is_in_place = code != SQLITE_OK || has_moved == 0;
  const auto wal = number_of(file_.string() + "-wal");
  if (wal_ == FileNumber()) wal_ = wal.value_or(FileNumber());
  if (wal_ != FileNumber() && wal != wal_) is_in_place = false;
  if (is_in_place) return {};
  return make_error(ErrorCode::Io,
                    "event log " + file_.string() +
                        " was removed or replaced while it was in use: what this process recorded "
                        "is lost; leave the home folder in place until its runs have ended",
                    "log_removed");
}

bool Database::pause(int attempt) {
  if (waited_ >= lock_timeout_) return false;
  const auto length = lock_pause(attempt);
  waited_ += length;
  std::this_thread::sleep_for(length);
  return true;
}

bool Database::wait_for_lock(int code, int attempt) {
  const int primary = code & 0xff;
  const bool locked =
      primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL;
  return locked && pause(attempt);
}

int Database::on_busy(void* self, int attempt) {
  return static_cast<Database*>(self)->pause(attempt) ? 1 : 0;
}

int Database::on_commit(void* self, sqlite3*, const char*, int pages) {
  static_cast<Database*>(self)->wal_pages_ = pages;
  return SQLITE_OK;
}

// SQLite does not ask the busy handler everywhere: not when it turns the journal mode, recovers a
// log of writes, or would wait for itself. Hence a second loop around each statement.
Status Database::execute(const char* sql) {
  forget_waits();
  for (int attempt = 0;; ++attempt) {
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    if (!wait_for_lock(code, attempt)) return error(code);
  }
}

Result<std::int64_t> Database::query_int(const char* sql) {
  auto statement = PENSTOCK_TRY(Statement::prepare(*this, sql));
  const bool found = PENSTOCK_TRY(statement.step());
  return found ? statement.column_int(0) : 0;
}

void Database::checkpoint(bool all) {
  forget_waits();
  // What cannot be copied now is copied after a later commit.
  sqlite3_wal_checkpoint_v2(handle_, nullptr,
                            all ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, nullptr,
                            nullptr);
}

Error Database::error(int code) const {
  const std::string file = "event log " + file_.string();
  const std::string text = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  const int cause = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
  switch (code & 0xff) {
    case SQLITE_FULL:
      return make_error(ErrorCode::Exhausted,
                        file +
                            " cannot grow: the disk or its limit is full; free some space and "
                            "start again",
                        std::string(kNoRoom));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return make_error(ErrorCode::Exhausted,
                        file +
                            " has been held by another process for too long; look for one that "
                            "is stopped",
                        "lock_timeout");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return make_error(ErrorCode::Corrupt,
                        file + " is damaged (" + text + "); restore it from a copy");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: {
      if (cause == ENOSPC) return error(SQLITE_FULL);
      const std::string why = cause != 0 ? std::strerror(cause) : text.c_str();
      return make_error(ErrorCode::Io,
                        file + " cannot be read or written: " + why +
                            "; see that its folder may be written and that the "
                            "disk is sound and has room",
                        std::string(kNoRoom));
    }
    default:
      return make_error(ErrorCode::Internal, file + ": " + text);
  }
}

Result<Statement> Statement::prepare(Database& database, std::string_view sql) {
  database.forget_waits();
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), narrow<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return database.error(code);
  return Statement(database, handle);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      handle_(std::exchange(other.handle_, nullptr)),
      has_rows_(other.has_rows_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(handle_, other.handle_);
  std::swap(has_rows_, other.has_rows_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::bind_at(int index, std::int64_t value) {
  sqlite3_bind_int64(handle_, index, value);
}

void Statement::bind_at(int index, std::string_view text) {
  // A null pointer would bind NULL.
  sqlite3_bind_text64(handle_, index, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
}

void Statement::bind_blob_at(int index, std::string_view bytes) {
  sqlite3_bind_blob64(handle_, index, bytes.empty() ? "" : bytes.data(), bytes.size(),
                      SQLITE_STATIC);
}

void Statement::bind_null_at(int index) { sqlite3_bind_null(handle_, index); }

Result<bool> Statement::step() {
  for (int attempt = 0;; ++attempt) {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) {
      has_rows_ = true;
      return true;
    }
    if (code == SQLITE_DONE) {
      reset();
      return false;
    }
    const bool may_restart = !has_rows_;
    Error failure = database_->error(code);
    reset();
    if (!may_restart || !database_->wait_for_lock(code, attempt)) return failure;
  }
}

Status Statement::run() {
  while (PENSTOCK_TRY(step())) continue;
  return {};
}

void Statement::reset() {
  sqlite3_reset(handle_);
  has_rows_ = false;
}

std::int64_t Statement::column_int(int column) const {
  return sqlite3_column_int64(handle_, column);
}

std::string_view Statement::column_text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  const int size = sqlite3_column_bytes(handle_, column);
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, std::size_t(size));
}

bool Statement::column_is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

bool Statement::column_is_int(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_INTEGER;
}

Result<Transaction> Transaction::begin(Database& database) {
  PENSTOCK_TRY(database.execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Status Transaction::commit() {
  PENSTOCK_TRY(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  // SQLite rolls back by itself on a full disk and the like.
  if (database_ != nullptr && sqlite3_get_autocommit(database_->handle()) == 0)
    sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace penstock::detail

// SQLite behind Result: a connection, prepared statements, transactions. Only the store uses it.
//
// Another connection that holds the file is waited for here, so that no caller ever meets a lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "penstock/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace penstock::detail {

/// What tells one file from another at the same path: device and inode.
using FileNumber = std::pair<std::uint64_t, std::uint64_t>;

/// `PRAGMA application_id` of a log: "PSTK". Logs from before it was set have 0.
inline constexpr std::int64_t kApplicationId = 0x5053544B;

/// One connection to the SQLite file of a log. One thread at a time. A SQLite file of another
/// program is ErrorCode::Refused, and left as it is.
class Database {
 public:
  /// Open or create the file, in WAL mode with every commit synced. Locks are waited for as long as
  /// `lock_timeout`, then they are ErrorCode::Exhausted.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file,
                                                std::chrono::milliseconds lock_timeout);
  /// Open a file that exists for statements that change nothing. On a full disk, too: then others
  /// are kept out of it, or must not change it, for as long as the connection lives.
  static Result<std::unique_ptr<Database>> open_reader(const std::filesystem::path& file,
                                                       std::chrono::milliseconds lock_timeout);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// Run one or several statements that return no rows of interest.
  Status execute(const char* sql);
  /// Run a statement and return the first column of its first row; 0 when there is none.
  Result<std::int64_t> query_int(const char* sql);
  /// Copy what is in the log of writes into the file; `all` waits for readers and empties the log.
  void checkpoint(bool all);
  /// Pages in the log of writes after the last commit of this connection.
  int wal_pages() const { return wal_pages_; }

  /// Io when the path no longer leads to the open file: it was removed or replaced, and what this
  /// connection writes is lost with it. Cheap.
  Status check_in_place();

  /// Others may use the file meanwhile.
  bool is_shared() const { return is_shared_; }

  /// The error for a result code of SQLite, naming the file.
  Error error(int code) const;
  const std::filesystem::path& file() const { return file_; }
  sqlite3* handle() const { return handle_; }
  /// After SQLite said that somebody else holds a lock: pause, and true to try again.
  bool wait_for_lock(int code, int attempt);
  /// The next wait may take the whole of `lock_timeout` again.
  void forget_waits() { waited_ = std::chrono::microseconds(0); }

 private:
  Database(std::filesystem::path file, std::chrono::milliseconds lock_timeout)
      : file_(std::move(file)), lock_timeout_(lock_timeout) {}
  static Result<std::unique_ptr<Database>> connect(const std::filesystem::path& file, int flags,
                                                   std::chrono::milliseconds lock_timeout,
                                                   bool immutable = false);
  static Result<std::unique_ptr<Database>> connect_reader(const std::filesystem::path& file,
                                                          std::chrono::milliseconds lock_timeout);
  static Result<std::unique_ptr<Database>> connect_without_room(const std::filesystem::path& file);
  static Status refuse_foreign_file(const std::filesystem::path& file);
  Status refuse_foreign_tables();
  static int on_busy(void* self, int attempt);
  static int on_commit(void* self, sqlite3* handle, const char* name, int pages);
  bool pause(int attempt);

  std::filesystem::path file_;
  std::chrono::milliseconds lock_timeout_;
  std::chrono::microseconds waited_{0};
  int wal_pages_ = 0;
  FileNumber wal_ = {};  ///< of the log of writes; 0 until it was first seen
  bool is_shared_ = true;
  sqlite3* handle_ = nullptr;
};

/// A prepared statement. It must not outlive its Database.
class Statement {
 public:
  Statement() = default;
  static Result<Statement> prepare(Database& database, std::string_view sql);
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  /// Bind parameters from ?1 on. Text and blobs are not copied: they live until reset or run().
  template <class... Values>
  Statement& bind(const Values&... values) {
    int index = 0;
    (bind_at(++index, values), ...);
    return *this;
  }
  void bind_at(int index, std::int64_t value);
  void bind_at(int index, std::string_view text);
  void bind_at(int index, const std::string& text) { bind_at(index, std::string_view(text)); }
  void bind_blob_at(int index, std::string_view bytes);
  void bind_null_at(int index);

  /// Go to the next row; false after the last one, when the statement is also reset.
  Result<bool> step();
  /// Run to the end and reset.
  Status run();
  void reset();

  std::int64_t column_int(int column) const;
  /// Text or blob; valid until the next step.
  std::string_view column_text(int column) const;
  bool column_is_null(int column) const;
  bool column_is_int(int column) const;

 private:
  Statement(Database& database, sqlite3_stmt* handle) : database_(&database), handle_(handle) {}
  Database* database_ = nullptr;
  sqlite3_stmt* handle_ = nullptr;
  bool has_rows_ = false;  ///< a row of this execution was handed out
};

/// A write transaction: rolled back unless committed.
class Transaction {
 public:
  /// Take the file's write lock, waiting for whoever holds it.
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  ~Transaction();
  /// Make durable what was written.
  Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace penstock::detail

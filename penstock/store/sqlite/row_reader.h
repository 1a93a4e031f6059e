// Reads the log and its projections on connections of its own, which never hold up the writer.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "penstock/event/event_log.h"
#include "penstock/store/run_match.h"
#include "penstock/store/sqlite/database.h"

namespace penstock::detail {

/// A stored event that cannot be decoded.
struct UnreadableRow {
  std::uint64_t seq = 0;
  std::string why;
};

/// Events as read from one batch of rows.
struct EventBatch {
  std::vector<Event> events;
  std::vector<UnreadableRow> unreadable;
  std::uint64_t last_seq = 0;  ///< of the last row seen, readable or not
  bool is_last = false;        ///< there is nothing behind it
};

/// Position of a scan: rows with after < seq <= until are still to be read.
struct ScanRange {
  std::uint64_t after = 0, until = 0;
};

/// Queries over one connection. One thread at a time.
class RowReader {
 public:
  explicit RowReader(Database& database) : database_(&database) {}

  /// The seqs that a query can find now.
  Result<ScanRange> range_of(const EventQuery& query);
  /// Read up to `limit` rows of the range; the newest of it when the query wants them first.
  Result<EventBatch> read(const EventQuery& query, ScanRange range, std::size_t limit);

  Result<std::vector<RunRecord>> runs(const RunQuery& query);
  Result<RunRecord> find_run(const RunIdPart& part);
  Result<std::map<std::string, OpHistory>> op_history(const std::string& job);
  Result<std::vector<AssetRecord>> assets(const std::string& asset);
  Result<std::vector<CheckRecord>> checks(const std::string& asset);

 private:
  Result<Event> decode(const Statement& row);
  Result<std::string> step_text(const Statement& row, std::uint64_t seq);

  Database* database_;
  std::map<std::uint64_t, std::string> step_rows_;  ///< step keys by the row that holds them
  Statement select_step_;
  bool has_select_step_ = false;
};

}  // namespace penstock::detail

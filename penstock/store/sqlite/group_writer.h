// Commits groups of events: rows and projections in one transaction. Used by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "penstock/store/sqlite/projector.h"

namespace penstock::detail {

/// What became of a group that was committed.
struct GroupResult {
  std::int64_t written = 0;
  std::optional<Error> refused = {};  ///< the first event that its run may not have
};

/// Writes events to a file that others may write, too.
class GroupWriter {
 public:
  /// Open the file, migrate it, and keep it below `max_bytes` unless that is 0.
  static Result<GroupWriter> open(const std::filesystem::path& file,
                                  std::chrono::milliseconds lock_timeout, std::uint64_t max_bytes);

  /// Give the events their seq and make them durable, all or, after an error, none of them. An
  /// event that its run may not have is left out.
  Result<GroupResult> commit(std::vector<std::vector<Event>>& group);
  /// Copy the log of writes into the file when it has grown. Best done while nobody waits.
  void tidy();

 private:
  GroupWriter(std::unique_ptr<Database> database, Projector projector)
      : database_(std::move(database)), projector_(std::move(projector)) {}
  Status prepare();
  Status notice_other_writers();
  Result<GroupResult> write(std::vector<std::vector<Event>>& group);
  Status write_event(Event& event, GroupResult& result);
  Status insert(const Event& event, RunEntry* run);
  Result<std::int64_t> type_id(std::string_view name);

  std::unique_ptr<Database> database_;
  Projector projector_;
  std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>> type_ids_;
  std::uint64_t next_seq_ = 1;
  std::int64_t data_version_ = -1;
  std::string payload_;
  Statement select_version_, select_seq_, insert_event_, insert_type_, select_type_;
};

}  // namespace penstock::detail

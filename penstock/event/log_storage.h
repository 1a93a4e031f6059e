// The port to what keeps a log: its health, its room, its copies. For people who look after it;
// what runs need is in event_log.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/clock.h"
#include "penstock/base/ids.h"
#include "penstock/base/result.h"

namespace penstock {

/// Something that is wrong with a store, or beside it.
struct StorageFinding {
  std::string kind;     ///< stable name, such as `damaged_file`
  std::string subject;  ///< file, table or event
  std::string message;  ///< what was found, what was expected, how to mend it
};

/// The version of a store before and after migrating.
struct StorageVersions {
  std::int64_t found = 0;
  std::int64_t now = 0;
  std::filesystem::path copy = {};  ///< of the store as it was found; empty: it was not migrated
};

/// Room of a store, in bytes.
struct StorageRoom {
  std::int64_t size = 0;
  std::int64_t unused = 0;  ///< taken, free for later events
};

/// Looks after a log that others may be reading and writing meanwhile. One thread at a time.
class LogStorage {
 public:
  virtual ~LogStorage() = default;

  /// Where the log lies.
  virtual const std::filesystem::path& file() const = 0;
  /// The version that the store has, and the one that migrate() would bring it to. Changes nothing.
  virtual Result<StorageVersions> versions() = 0;
  /// Bring the store to the version of this program, once a copy of it as it was lies beside it.
  /// Refused when it is of a newer one. All other functions need a store of this version.
  virtual Result<StorageVersions> migrate() = 0;
  /// Fold all projections again from the events, in one transaction that writers wait for.
  virtual Status rebuild_projections() = 0;
  /// Look for damage, for events that cannot be read, and for projections that differ from a fresh
  /// fold of the events. Changes nothing and holds nobody up; reads the whole store.
  virtual Result<std::vector<StorageFinding>> check() = 0;
  /// Write a copy of the store as it is at one moment to a file that does not exist yet. Corrupt,
  /// with no file made, when the store is damaged.
  virtual Status back_up(const std::filesystem::path& copy) = 0;
  /// Delete a run that has ended, and record RUN_DELETED. Latest records of assets and checks stay.
  /// Returns the number of deleted events. Refused when the run has not ended, NotFound when there
  /// is none: so it happens once, however many try.
  virtual Result<std::int64_t> delete_run(const RunId& run, std::string_view by, Time now) = 0;
  virtual Result<StorageRoom> room() = 0;
  /// Give unused room back to the file system, which copies what is left: writers wait meanwhile.
  virtual Result<StorageRoom> compact() = 0;
};

}  // namespace penstock

// The files that IO managers stored, as the log names them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "penstock/event/event_log.h"
#include "penstock/event/value_store.h"

namespace penstock {

/// A file that an IO manager stored through OutputContext::stage().
struct ManagedFile {
  RunId run = {};
  std::string step;
  std::uint64_t bytes = 0;
  std::string hash;
  std::filesystem::path staged;  ///< where it lay when the log named it, beside its place
  /// A later run of its job was deleted with all that the log told of its files: this may be one of
  /// them.
  bool may_be_newer = false;
};

/// Such files by their places: of each place, what the log names last. Paths that are not absolute
/// begin in the working folder of their run. Reads the whole log.
Result<std::map<std::filesystem::path, ManagedFile>> managed_files(EventLog& log);

/// The working folders of runs, deleted ones included, by their ids: where relative paths begin.
Result<std::map<std::string, std::string>> working_folders(EventLog& log);

/// What killed processes left in a folder: put those that the log names in their places, remove the
/// others. Reads the log only where there are some.
Status settle_folder(EventLog& log, const std::filesystem::path& folder);

/// NotFound when the file is gone, Corrupt when its size or hash differ and it is not a newer one.
Status verify_managed(const std::filesystem::path& path, const ManagedFile& file);
/// The same of a value that a later run wants: the message names the file and the run that stored
/// it. Objects that are no files of IO managers are not looked at.
Status verify_managed(const StoredValue& stored);

}  // namespace penstock

// What killed processes left beside files that the log knows.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <vector>

#include "penstock/event/event_log.h"

namespace penstock {

/// Files under temporary names whose writers live no more.
struct LeftoverFiles {
  /// Those that the log names, by the places where they are to be.
  std::map<std::filesystem::path, std::filesystem::path> named;
  std::vector<std::filesystem::path> others;
};

/// The folders of all files that the log knows: of assets, and of IO managers. Places elsewhere,
/// such as s3://bucket/key, are left out.
Result<std::set<std::filesystem::path>> known_folders(EventLog& log);
/// Look through those folders.
Result<LeftoverFiles> find_leftover_files(EventLog& log);
/// Put those that the log names in their places, and remove the others; returns how many went.
/// The files of `lost`, a run that this process ends or goes on with, are put in their places even
/// if somebody still holds them: he comes too late.
Result<std::size_t> settle_leftover_files(EventLog& log, const RunId& lost = {});

}  // namespace penstock

#include "penstock/cli/leftover_files.h"

#include <algorithm>

#include "penstock/base/files.h"
#include "penstock/event/managed_files.h"

namespace penstock {

Result<std::set<std::filesystem::path>> known_folders(EventLog& log) {
  std::set<std::filesystem::path> known;
  const auto folders = PENSTOCK_TRY(working_folders(log));
  for (const auto& asset : PENSTOCK_TRY(log.assets(""))) {
    if (asset.path.empty() || asset.path.find("://") != std::string::npos) continue;
    const auto folder = folders.find(asset.run.to_string());
    const std::filesystem::path base = folder == folders.end() ? "" : folder->second;
    const auto path = base / asset.path;
    if (path.is_absolute()) known.insert(path.parent_path());
  }
  for (const auto& [path, file] : PENSTOCK_TRY(managed_files(log)))
    known.insert(path.parent_path());
  return known;
}

Result<LeftoverFiles> find_leftover_files(EventLog& log) {
  LeftoverFiles found;
  std::map<std::filesystem::path, std::filesystem::path> places;
  for (const auto& [path, file] : PENSTOCK_TRY(managed_files(log))) places[file.staged] = path;
  for (const auto& folder : PENSTOCK_TRY(known_folders(log)))
    for (const auto& leftover : find_abandoned_files(folder)) {
      if (const auto place = places.find(leftover); place != places.end())
        found.named[place->second] = leftover;
      else
        found.others.push_back(leftover);
    }
  return found;
}

Result<std::size_t> settle_leftover_files(EventLog& log, const RunId& lost) {
  if (!lost.empty())
    for (const auto& [path, file] : PENSTOCK_TRY(managed_files(log)))
      if (file.run == lost) PENSTOCK_TRY(commit_abandoned_file(file.staged, path, true));
  const auto found = PENSTOCK_TRY(find_leftover_files(log));
  for (const auto& [path, staged] : found.named) PENSTOCK_TRY(commit_abandoned_file(staged, path));
  std::set<std::filesystem::path> folders;
  for (const auto& leftover : found.others) folders.insert(leftover.parent_path());
  std::size_t removed = 0;
  for (const auto& folder : folders) removed += remove_abandoned_files(folder);
  return removed;
}

}  // namespace penstock

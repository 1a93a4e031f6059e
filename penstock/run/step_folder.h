// What running steps have on disk beside their values: checkpoints, which outlive an attempt, and
// scratch folders, which do not.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/byte_archive.h"
#include "penstock/base/ids.h"
#include "penstock/base/result.h"

namespace penstock {

/// A checkpoint in a home folder, and whether it is what was saved.
struct CheckpointFile {
  std::filesystem::path path;
  Status sound;  ///< Corrupt when it is damaged
};

/// The files of the steps of one run, in `checkpoints/<run>` and `scratch/<run>` of a home folder.
/// Thread-safe, and several processes may share it. Nothing is touched before a step asks.
class StepFolder {
 public:
  /// No home: a folder among the temporary files of the machine.
  StepFolder(const std::filesystem::path& home, const RunId& run);

  /// Save a checkpoint in place of the one before: whole and durable, or not at all.
  Status save(std::string_view step, std::string_view name, std::string_view bytes) const;
  /// What was saved last; nothing when there is none. Corrupt when it is damaged.
  Result<std::optional<SharedBytes>> load(std::string_view step, std::string_view name) const;
  /// The scratch folder of an attempt, made now if it was not.
  Result<std::filesystem::path> scratch(std::string_view step, std::int32_t attempt) const;

  /// Remove the scratch folder of an attempt, and the checkpoints of a step that succeeded.
  void end_attempt(std::string_view step, std::int32_t attempt, bool succeeded) const;
  /// Remove all scratch folders, and all checkpoints of a run that succeeded or is deleted.
  void end_run(bool with_checkpoints) const;

  /// Runs that have left something in a home folder.
  static std::vector<RunId> runs(const std::filesystem::path& home);
  /// All checkpoints in a home folder, read and held against their checksums; in order of paths.
  static std::vector<CheckpointFile> check(const std::filesystem::path& home);

 private:
  std::filesystem::path checkpoints_, scratch_;
};

}  // namespace penstock

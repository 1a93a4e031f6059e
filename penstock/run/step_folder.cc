#include "penstock/run/step_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "penstock/base/checksum.h"
#include "penstock/base/file_name.h"
#include "penstock/base/files.h"
#include "penstock/base/private_files.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

constexpr const char* kCheckpoints = "checkpoints";
constexpr const char* kScratch = "scratch";

std::filesystem::path home_or_temporary(const std::filesystem::path& home) {
  std::error_code ignored;
  return home.empty() ? std::filesystem::temp_directory_path(ignored) / "penstock" : home;
}

void remove_tree(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

// In front of what is saved: this word and the checksum of all that follows. Files of earlier
// versions begin with the size of a text, which is never as large as the word is as a number.
constexpr std::string_view kChecked = "PSCKPT2\n";
constexpr std::size_t kHeader = kChecked.size() + sizeof(std::uint64_t);

std::string header_of(std::string_view bytes) {
  const auto crc = crc64(0, bytes);
  std::string header(kChecked);
  header.append(reinterpret_cast<const char*>(&crc), sizeof crc);
  return header;
}

/// What was saved, out of the bytes of a file; Corrupt when it is not that any more.
Result<SharedBytes> saved_in(SharedBytes file, const std::filesystem::path& path) {
  const auto damaged = [&](std::string_view found) {
    return make_error(ErrorCode::Corrupt,
                      fmt::format("{} is damaged: {}; delete the file to run the step from its "
                                  "start",
                                  path.string(), found));
  };
  const auto bytes = file.bytes;
  if (!bytes.starts_with(kChecked)) {
    std::uint64_t size = 0;
    if (bytes.size() < sizeof size) return damaged(fmt::format("it has {} bytes", bytes.size()));
    std::memcpy(&size, bytes.data(), sizeof size);
    if (size > bytes.size() - sizeof size) return damaged("it does not begin as a checkpoint does");
    return file;
  }
  if (bytes.size() < kHeader) return damaged(fmt::format("it has {} bytes", bytes.size()));
  const auto saved = bytes.substr(kHeader);
  if (header_of(saved) != bytes.substr(0, kHeader))
    return damaged(fmt::format("its {} bytes do not have the checksum they were saved with",
                               bytes.size()));
  return SharedBytes{std::move(file.owner), saved};
}

Result<SharedBytes> load_checked(const std::filesystem::path& path) {
  auto bytes = PENSTOCK_TRY(read_file(path));
  return saved_in(SharedBytes::own(std::move(bytes)), path);
}

Status save_privately(const std::filesystem::path& path, std::string_view bytes) {
  auto file = PENSTOCK_TRY(open_private_file(path));
  PENSTOCK_TRY(file.write(header_of(bytes)));
  PENSTOCK_TRY(file.write(bytes));
  return file.commit();
}

}  // namespace

StepFolder::StepFolder(const std::filesystem::path& home, const RunId& run)
    : checkpoints_(home_or_temporary(home) / kCheckpoints / run.to_string()),
      scratch_(home_or_temporary(home) / kScratch / run.to_string()) {}

Status StepFolder::save(std::string_view step, std::string_view name,
                        std::string_view bytes) const {
  auto saved = save_privately(checkpoints_ / file_name(step) / file_name(name), bytes);
  if (!saved.ok()) return std::move(saved).error().within("checkpoint " + quote(name));
  return {};
}

Result<std::optional<SharedBytes>> StepFolder::load(std::string_view step,
                                                    std::string_view name) const {
  auto bytes = load_checked(checkpoints_ / file_name(step) / file_name(name));
  if (bytes.ok()) return std::optional(*std::move(bytes));
  if (bytes.error().code == ErrorCode::NotFound) return std::optional<SharedBytes>();
  return std::move(bytes).error().within("checkpoint " + quote(name));
}

Result<std::filesystem::path> StepFolder::scratch(std::string_view step,
                                                  std::int32_t attempt) const {
  auto folder = scratch_ / fmt::format("{}.{}", file_name(step), attempt);
  PENSTOCK_TRY(make_private_folders(folder));
  return folder;
}

void StepFolder::end_attempt(std::string_view step, std::int32_t attempt, bool succeeded) const {
  remove_tree(scratch_ / fmt::format("{}.{}", file_name(step), attempt));
  if (succeeded) remove_tree(checkpoints_ / file_name(step));
}

void StepFolder::end_run(bool with_checkpoints) const {
  remove_tree(scratch_);
  if (with_checkpoints) remove_tree(checkpoints_);
}

std::vector<RunId> StepFolder::runs(const std::filesystem::path& home) {
  std::set<RunId> found;
  for (const auto* kind : {kCheckpoints, kScratch}) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(home / kind, error), end; !error && entry != end;
         entry.increment(error))
      if (const auto run = RunId::parse(entry->path().filename().string()); run.ok())
        found.insert(*run);
  }
  return {found.begin(), found.end()};
}

std::vector<CheckpointFile> StepFolder::check(const std::filesystem::path& home) {
  std::vector<CheckpointFile> files;
  std::error_code error;
  const auto folder = home / kCheckpoints;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored) || pid_of_temporary(entry->path().filename().string()))
      continue;
    auto loaded = load_checked(entry->path());
    // A step that ends meanwhile takes its checkpoints with it.
    if (!loaded.ok() && loaded.error().code == ErrorCode::NotFound) continue;
    files.push_back({entry->path(), loaded.ok() ? Status() : Status(std::move(loaded).error())});
  }
  std::ranges::sort(files, {}, &CheckpointFile::path);
  return files;
}

}  // namespace penstock

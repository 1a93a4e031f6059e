#include "penstock/run/step_folder.h"

#include <fmt/format.h>

#include <set>

#include "penstock/base/file_name.h"
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

Status save_privately(const std::filesystem::path& path, std::string_view bytes) {
  auto file = PENSTOCK_TRY(open_private_file(path));
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
  auto bytes = read_file(checkpoints_ / file_name(step) / file_name(name));
  if (bytes.ok()) return std::optional(SharedBytes::own(*std::move(bytes)));
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

}  // namespace penstock

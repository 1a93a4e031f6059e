#include "penstock/event/managed_files.h"

#include <fmt/format.h>

#include "penstock/base/checksum.h"
#include "penstock/base/files.h"

namespace penstock {

Result<std::map<std::string, std::string>> working_folders(EventLog& log) {
  std::map<std::string, std::string> folders;
  PENSTOCK_TRY(log.read({.types = {"RUN_STARTING", "RUN_DELETED"}}, [&](const Event& event) {
    if (const auto* starting = event.body.get_if<RunStarting>())
      folders[event.run.to_string()] = starting->folder;
    else if (const auto* deleted = event.body.get_if<RunDeleted>())
      folders[deleted->run] = deleted->folder;
    return true;
  }));
  return folders;
}

namespace {

/// Gathers files from events.
class Gathering {
 public:
  void operator()(const Event& event) {
    if (const auto* starting = event.body.get_if<RunStarting>())
      runs_[event.run] = {starting->job, starting->folder};
    else if (const auto* resumed = event.body.get_if<RunResumed>())
      runs_[event.run].folder = resumed->folder;
    else if (const auto* deleted = event.body.get_if<RunDeleted>())
      add_deleted(*deleted);
    else if (const auto* handled = event.body.get_if<HandledOutput>())
      if (!handled->staged.empty()) add(event, *handled);
  }

  std::map<std::filesystem::path, ManagedFile> finish() {
    for (auto& [path, file] : files_) {
      const auto last = deleted_.find(runs_[file.run].job);
      file.may_be_newer = last != deleted_.end() && file.run < last->second;
    }
    return std::move(files_);
  }

 private:
  struct Place {
    std::string job;
    std::filesystem::path folder;  // where it works now
  };

  void add(const Event& event, const HandledOutput& handled) {
    const auto path = (runs_[event.run].folder / handled.object).lexically_normal();
    files_[path] = {event.run, event.step, std::uint64_t(handled.bytes), handled.hash,
                    path.parent_path() / handled.staged};
  }

  void add_deleted(const RunDeleted& deleted) {
    if (const auto run = RunId::parse(deleted.run); run.ok())
      if (auto& last = deleted_[deleted.job]; last < *run) last = *run;
  }

  std::map<std::filesystem::path, ManagedFile> files_;
  std::map<RunId, Place> runs_;
  std::map<std::string, RunId> deleted_;  // by job: the last
};

}  // namespace

Result<std::map<std::filesystem::path, ManagedFile>> managed_files(EventLog& log) {
  Gathering gathering;
  const EventQuery query{.types = {"RUN_STARTING", "RUN_RESUMED", "RUN_DELETED", "HANDLED_OUTPUT"}};
  PENSTOCK_TRY(log.read(query, [&](const Event& event) {
    gathering(event);
    return true;
  }));
  return gathering.finish();
}

Status settle_folder(EventLog& log, const std::filesystem::path& folder) {
  if (find_abandoned_files(folder).empty()) return {};
  std::error_code ignored;
  const auto absolute = (std::filesystem::absolute(folder, ignored) / "").lexically_normal();
  for (const auto& [path, file] : PENSTOCK_TRY(managed_files(log)))
    if (path.parent_path() / "" == absolute) PENSTOCK_TRY(commit_abandoned_file(file.staged, path));
  remove_abandoned_files(folder);
  return {};
}

Status verify_managed(const std::filesystem::path& path, const ManagedFile& file) {
  auto map = MappedFile::open(path);
  if (!map.ok() && map.error().code == ErrorCode::NotFound)
    return make_error(ErrorCode::NotFound, "it is not there");
  const auto opened = PENSTOCK_TRY(std::move(map));
  if (file.may_be_newer) return {};
  if (opened.bytes().size() != file.bytes)
    return make_error(ErrorCode::Corrupt, fmt::format("it has {} bytes and {} were stored",
                                                      opened.bytes().size(), file.bytes));
  if (const auto hash = crc64_text(crc64(0, opened.bytes())); hash != file.hash)
    return make_error(ErrorCode::Corrupt,
                      fmt::format("its hash is {} and was {}", hash, file.hash));
  return {};
}

Status verify_managed(const StoredValue& stored) {
  if (stored.file_of.empty()) return {};
  auto sound =
      verify_managed(stored.object, ManagedFile{stored.file_of, {}, stored.bytes, stored.hash, {}});
  if (sound.ok()) return {};
  const auto run = stored.file_of.short_text();
  auto error = std::move(sound).error();
  if (error.code == ErrorCode::NotFound)
    error.message = fmt::format("{} is not there any more; run {} stored it", stored.object, run);
  else if (error.code == ErrorCode::Corrupt)
    error.message = fmt::format("{} has been changed since run {} stored it: {}", stored.object,
                                run, error.message);
  return error;
}

}  // namespace penstock

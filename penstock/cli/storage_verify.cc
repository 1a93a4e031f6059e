#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/leftover_files.h"
#include "penstock/cli/lost_runs.h"
#include "penstock/event/kept_values.h"
#include "penstock/event/managed_files.h"
#include "penstock/run/step_folder.h"

namespace penstock {
namespace {

using Findings = std::vector<StorageFinding>;

// Who stores the values that are kept in the home folder, as files or in the log itself.
constexpr std::string_view kOwnManager = "file";

std::string named(const AssetRecord& asset) {
  return asset.partition.empty() ? asset.asset : asset.asset + " [" + asset.partition + "]";
}

// The size that the op recorded with the materialization, when it recorded one.
Result<std::optional<std::int64_t>> recorded_size(EventLog& log, const AssetRecord& asset) {
  std::optional<std::int64_t> size;
  PENSTOCK_TRY(log.read({.after = asset.seq - 1, .limit = 1}, [&](const Event& event) {
    const auto* made = event.body.get_if<AssetMaterialization>();
    if (made == nullptr) return false;
    for (const auto& [name, fact] : made->metadata)
      if (name == "bytes" && fact.kind() == MetadataValue::Kind::Int) size = fact.as_int();
    return false;
  }));
  return size;
}

Status check_file(EventLog& log, const AssetRecord& asset, const std::filesystem::path& path,
                  Findings& findings) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    findings.push_back({"missing_file", path.string(),
                        "the file of " + named(asset) + " is not there; run its job again"});
    return {};
  }
  if (error) {
    findings.push_back(
        {"unreadable_file", path.string(),
         "the file of " + named(asset) + " cannot be looked at: " + error.message()});
    return {};
  }
  const auto recorded = PENSTOCK_TRY(recorded_size(log, asset));
  if (!recorded || status.type() != std::filesystem::file_type::regular) return {};
  const auto size = std::filesystem::file_size(path, error);
  if (!error && std::int64_t(size) != *recorded)
    findings.push_back({"wrong_size", path.string(),
                        fmt::format("the file of {} has {} bytes and {} were recorded; run its job "
                                    "again",
                                    named(asset), size, *recorded)});
  return {};
}

Result<std::size_t> check_files(EventLog& log, Findings& findings) {
  std::size_t checked = 0;
  const auto assets = PENSTOCK_TRY(log.assets(""));
  const auto folders = PENSTOCK_TRY(working_folders(log));
  for (const auto& asset : assets) {
    // Places elsewhere, such as s3://bucket/key, cannot be looked at here.
    if (asset.path.empty() || asset.path.find("://") != std::string::npos) continue;
    const auto folder = folders.find(asset.run.to_string());
    const auto path = folder == folders.end() ? std::filesystem::path(asset.path)
                                              : std::filesystem::path(folder->second) / asset.path;
    PENSTOCK_TRY(check_file(log, asset, path, findings));
    ++checked;
  }
  return checked;
}

std::set<RunId> ids_of(const std::vector<RunRecord>& runs) {
  std::set<RunId> ids;
  for (const auto& run : runs) ids.insert(run.id);
  return ids;
}

// What IO managers stored. A run that goes on may be about to put its files in their places.
Result<std::size_t> check_managed(EventLog& log, Findings& findings) {
  std::size_t checked = 0;
  const auto going_on = ids_of(PENSTOCK_TRY(unfinished_runs(log)));
  for (const auto& [path, file] : PENSTOCK_TRY(managed_files(log))) {
    if (going_on.contains(file.run)) continue;
    ++checked;
    std::error_code ignored;
    if (std::filesystem::exists(file.staged, ignored)) continue;  // told as a leftover
    const auto sound = verify_managed(path, file);
    if (sound.ok()) continue;
    const bool gone = sound.error().code == ErrorCode::NotFound;
    findings.push_back(
        {gone ? "missing_file" : "damaged_file", path.string(),
         fmt::format("{}; step {} of run {} stored it; run its job again", sound.error().message,
                     quote(file.step), file.run.to_string())});
  }
  return checked;
}

// What steps printed: every file that the log tells of is there, and no run's but those.
Result<std::size_t> check_output(const CommandContext& context, EventLog& log, Findings& findings) {
  std::size_t files = 0;
  std::set<std::string> runs;
  const auto& home = context.global.home;
  std::error_code error;
  PENSTOCK_TRY(log.read({.types = {"RUN_STARTING", "LOGS_CAPTURED"}}, [&](const Event& event) {
    runs.insert(event.run.to_string());
    const auto* kept = event.body.get_if<LogsCaptured>();
    if (kept == nullptr) return true;
    ++files;
    if (!std::filesystem::exists(home / kept->file, error))
      findings.push_back({"missing_output", kept->file,
                          "the " + kept->stream + " of step " + event.step + " of run " +
                              event.run.to_string() + " is not there"});
    return true;
  }));
  for (auto at = std::filesystem::directory_iterator(home / "logs", error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error))
    if (!runs.contains(at->path().filename().string()))
      findings.push_back({"leftover_output", at->path().string(),
                          "it is of a run that the log does not have; remove the folder"});
  return files;
}

Status check_leftovers(EventLog& log, Findings& findings) {
  const auto found = PENSTOCK_TRY(find_leftover_files(log));
  for (const auto& file : found.others)
    findings.push_back({"leftover", file.string(),
                        "the process that began this file lives no more; remove it, or let 'gc' or "
                        "the next run that writes beside it"});
  for (const auto& [path, file] : found.named)
    findings.push_back({"leftover", file.string(),
                        "the process that was to rename this file into " +
                            path.filename().string() +
                            " lives no more; the next 'job run' or 'gc' does it"});
  return {};
}

Status check_runs(const CommandContext& context, EventLog& log, Findings& findings) {
  for (const auto& run : PENSTOCK_TRY(unfinished_runs(log)))
    if (context.services.is_process_gone(run))
      findings.push_back({"lost_run", run.id.to_string(),
                          fmt::format("it is {} and its process {} lives no more; the next "
                                      "'job run' records that",
                                      to_string(run.status), run.pid)});
  return {};
}

Status check_kept(EventLog& log, ValueStore& values, const KeptValue& kept, Findings& findings) {
  const auto sound = values.verify(kept.stored);
  if (sound.ok()) return {};
  const bool gone = sound.error().code == ErrorCode::NotFound;
  // Meanwhile it may have been deleted by somebody who said so.
  if (gone && !PENSTOCK_TRY(kept_values(log, kept.run)).contains({kept.run, kept.stored.object}))
    return {};
  const bool is_in_log = !values.is_file(kept.stored);
  findings.push_back({gone ? "missing_value" : "damaged_value",
                      is_in_log ? "in the log" : kept.stored.object,
                      fmt::format("{}; step {} of run {} stored it; a re-execution will run the "
                                  "step again",
                                  sound.error().message, quote(kept.step), kept.run.to_string())});
  return {};
}

/// The stored values against the files there are. Returns how many files were looked at.
Result<std::size_t> check_values(const CommandContext& context, EventLog& log, Findings& findings) {
  const auto values = context.services.open_values(context.global.home);
  // Files first: what is stored meanwhile is then in the log, and not an orphan.
  const auto files = PENSTOCK_TRY(values->files());
  const auto going_on = ids_of(PENSTOCK_TRY(unfinished_runs(log)));
  const auto kept = PENSTOCK_TRY(kept_values(log));
  for (const auto& [name, value] : kept)
    if (value.stored.manager == kOwnManager)
      PENSTOCK_TRY(check_kept(log, *values, value, findings));
  for (const auto& file : files)
    if (!going_on.contains(file.run) && !kept.contains({file.run, file.object}))
      findings.push_back(
          {"orphan_value", file.object, "the log does not know of this file; 'gc' removes it"});
  return files.size();
}

/// What steps saved of how far they are. Returns how many files were looked at.
std::size_t check_checkpoints(const CommandContext& context, Findings& findings) {
  const auto files = StepFolder::check(context.global.home);
  for (const auto& file : files)
    if (!file.sound.ok())
      findings.push_back(
          {"damaged_checkpoint", file.path.string(),
           "the checkpoint " + file.sound.error().message});
  return files.size();
}

void print_findings(const CommandContext& context, const Findings& findings, std::size_t files) {
  if (context.global.json) {
    Json list = Json::array();
    for (const auto& finding : findings)
      list.push_back(
          {{"kind", finding.kind}, {"subject", finding.subject}, {"message", finding.message}});
    context.print_json({{"schema", "storage_verify.v1"},
                        {"ok", findings.empty()},
                        {"files", files},
                        {"findings", std::move(list)}});
    return;
  }
  for (const auto& finding : findings)
    context.print(
        printable(fmt::format("{}: {}: {}\n", finding.kind, finding.subject, finding.message)));
  if (findings.empty())
    context.print(
        fmt::format("ok: the log is sound, {} files are as recorded\n", format_count(files)));
}

Result<ExitCode> execute_storage_verify(CommandContext& context) {
  const auto storage = PENSTOCK_TRY(context.services.open_storage(context.global.home));
  const auto log = PENSTOCK_TRY(context.open_log());
  auto findings = PENSTOCK_TRY(storage->check());
  const auto files = PENSTOCK_TRY(check_files(*log, findings));
  const auto managed = PENSTOCK_TRY(check_managed(*log, findings));
  const auto values = PENSTOCK_TRY(check_values(context, *log, findings));
  const auto checkpoints = check_checkpoints(context, findings);
  const auto output = PENSTOCK_TRY(check_output(context, *log, findings));
  PENSTOCK_TRY(check_leftovers(*log, findings));
  PENSTOCK_TRY(check_runs(context, *log, findings));
  print_findings(context, findings, files + managed + values + checkpoints + output);
  return findings.empty() ? ExitCode::Done : ExitCode::Failed;
}

}  // namespace

CommandSpec storage_verify_command() {
  return {
      .name = "storage verify",
      .summary = "compare the log with itself and with the files on disk",
      .details =
          "The file of the log is sound; its tables equal a fold of its events; the "
          "file of the latest\nmaterialization of each partition is there, in the size "
          "that was recorded; what IO managers\nstored is there, undamaged; so are "
          "the stored values, and no others, and the checkpoints of steps; what\nsteps printed is "
          "there; no run and no file was left unfinished by a "
          "process that is gone. Changes nothing, but for a log of an older version, which is "
          "migrated first as by every\ncommand: that is said, and a copy of it kept. Exit status "
          "1 when something is found.",
      .examples = {"storage verify"},
      .run = execute_storage_verify};
}

}  // namespace penstock

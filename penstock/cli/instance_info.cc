#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "penstock/base/machine.h"
#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/settings.h"
#include "penstock/view/text_table.h"

namespace penstock {
namespace {

struct LogInfo {
  std::string file;
  StorageVersions versions;
  StorageRoom room;
};

/// A folder of the home, with all that is in it.
struct FolderInfo {
  std::string name;
  std::uint64_t files = 0, bytes = 0;
};

// Nothing when there is no log yet.
Result<std::optional<LogInfo>> log_info(const CommandContext& context) {
  const auto storage = context.services.open_storage(context.global.home);
  if (!storage.ok() && storage.error().code == ErrorCode::NotFound)
    return std::optional<LogInfo>{};
  if (!storage.ok()) return storage.error();
  const auto versions = PENSTOCK_TRY((*storage)->versions());
  const auto room = PENSTOCK_TRY((*storage)->room());
  return std::optional(LogInfo{(*storage)->file().filename().string(), versions, room});
}

std::string home_text(const CommandContext& context) {
  const auto home = std::filesystem::absolute(context.global.home).lexically_normal();
  return (home.has_filename() ? home : home.parent_path()).string();
}

FolderInfo folder_info(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  FolderInfo info{folder.filename().string()};
  std::error_code error;
  // Files come and go meanwhile; those are not counted.
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (!at->is_regular_file(ignored)) continue;
    const auto size = at->file_size(ignored);
    if (ignored) continue;
    ++info.files;
    info.bytes += size;
  }
  return info;
}

std::vector<FolderInfo> folder_infos(const std::filesystem::path& home) {
  std::vector<FolderInfo> infos;
  std::error_code error;
  for (std::filesystem::directory_iterator at(home, error), end; !error && at != end;
       at.increment(error))
    if (at->is_directory(error)) infos.push_back(folder_info(at->path()));
  std::ranges::sort(infos, {}, &FolderInfo::name);
  return infos;
}

std::string from_text(const SettingView& setting) {
  if (setting.mark.line == 0) return "default";
  auto text = fmt::format("line {}", setting.mark.line);
  if (setting.reference)
    text += fmt::format(", {} {}",
                        setting.reference->kind == ConfigReference::Kind::Env ? "variable" : "file",
                        setting.reference->name);
  return text;
}

Json settings_json(const LoadedSettings& settings, const std::vector<SettingView>& views) {
  Json values = Json::array();
  for (const auto& setting : views) {
    Json json{{"name", setting.name},
              {"value", to_json(setting.value)},
              {"from", setting.mark.line == 0 ? "default" : "file"}};
    if (setting.mark.line > 0) {
      json["line"] = setting.mark.line;
      json["column"] = setting.mark.column;
    }
    if (setting.reference)
      json[setting.reference->kind == ConfigReference::Kind::Env ? "variable" : "value_file"] =
          setting.reference->name;
    values.push_back(std::move(json));
  }
  return {{"file", settings.file.string()},
          {"exists", settings.exists},
          {"values", std::move(values)}};
}

Json info_json(const CommandContext& context, const std::optional<LogInfo>& log,
               const std::vector<FolderInfo>& folders) {
  Json json{{"schema", "instance_info.v1"},
            {"home", home_text(context)},
            {"home_from", context.global.home_from},
            {"log", nullptr},
            {"folders", Json::array()},
            {"disk", nullptr}};
  if (log)
    json["log"] = {{"file", log->file},
                   {"version", log->versions.found},
                   {"program_version", log->versions.now},
                   {"size", log->room.size},
                   {"unused", log->room.unused}};
  for (const auto& folder : folders)
    json["folders"].push_back(
        {{"name", folder.name}, {"files", folder.files}, {"bytes", folder.bytes}});
  if (const auto disk = disk_room(context.global.home))
    json["disk"] = {{"free", disk->free}, {"capacity", disk->capacity}};
  return json;
}

std::string log_text(const std::optional<LogInfo>& log) {
  if (!log) return "none yet: the first run makes it";
  auto text = fmt::format("{}, version {}, {}, of which {} are free", log->file,
                          log->versions.found, format_bytes(std::uint64_t(log->room.size)),
                          format_bytes(std::uint64_t(log->room.unused)));
  if (log->versions.found != log->versions.now)
    text += fmt::format("; this program has version {}", log->versions.now);
  return text;
}

void print_info(const CommandContext& context, const std::optional<LogInfo>& log,
                const std::vector<FolderInfo>& folders, const LoadedSettings& settings,
                const std::vector<SettingView>& views) {
  const auto line = [&](std::string_view name, const std::string& text) {
    context.print(printable(fmt::format("{:<9} {}\n", name, text)));
  };
  line("home", fmt::format("{} ({})", home_text(context), context.global.home_from));
  line("log", log_text(log));
  for (const auto& folder : folders)
    line(folder.name, fmt::format("{} {}, {}", format_count(folder.files),
                                  folder.files == 1 ? "file" : "files",
                                  format_bytes(folder.bytes)));
  if (const auto disk = disk_room(context.global.home))
    line("disk", fmt::format("{} of {} are free", format_bytes(disk->free),
                             format_bytes(disk->capacity)));
  line("settings", settings.file.string() + (settings.exists ? "" : ", which is not there"));
  TextTable table({{"SETTING"}, {"VALUE"}, {"FROM", Align::Left, true}});
  for (const auto& setting : views)
    table.add({setting.name,
               setting.value.is_string() ? setting.value.as_string() : brief(setting.value),
               {from_text(setting), setting.mark.line == 0 ? Tone::Dim : Tone::Plain}});
  context.print("\n" + table.to_text(context.global.style));
}

Result<ExitCode> execute_instance_info(CommandContext& context) {
  const auto settings = PENSTOCK_TRY(context.settings());
  const auto views = setting_views(*settings, context.services.environment);
  const auto log = PENSTOCK_TRY(log_info(context));
  const auto folders = folder_infos(context.global.home);
  if (!context.global.json) {
    print_info(context, log, folders, *settings, views);
    return ExitCode::Done;
  }
  auto json = info_json(context, log, folders);
  json["settings"] = settings_json(*settings, views);
  context.print_json(json);
  return ExitCode::Done;
}

Result<ExitCode> scaffold(CommandContext& context) {
  auto text = config_scaffold(*config_type_of<Settings>(), ScaffoldDepth::AllDefaults);
  if (context.global.json)
    context.print_json({{"schema", "instance_scaffold.v1"}, {"yaml", std::move(text)}});
  else
    context.print(text);
  return ExitCode::Done;
}

}  // namespace

CommandSpec instance_info_command() {
  return {.name = "instance info",
          .summary = "show the home folder: its log, its sizes, its settings",
          .details = "Each setting with its value and where that comes from: the line of "
                     "penstock.yaml, or the default.",
          .examples = {"instance info", "instance info --json"},
          .run = execute_instance_info};
}

CommandSpec instance_scaffold_command() {
  return {.name = "instance scaffold",
          .summary = "print a settings file to start from",
          .details = "Every setting with its default, to be kept as penstock.yaml in the home "
                     "folder.",
          .examples = {"instance scaffold > .penstock/penstock.yaml"},
          .run = scaffold};
}

}  // namespace penstock

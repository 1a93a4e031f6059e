#include "penstock/cli/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/files.h"
#include "penstock/base/text.h"
#include "penstock/model/config_document.h"
#include "penstock/model/config_references.h"

namespace penstock {
namespace {

constexpr std::chrono::microseconds kNoTime{0};

// What a value is that stands for itself, or where it refers to.
ConfigValue looked_up(const ConfigValue& value, const ConfigType& type,
                      const ConfigEnvironment& environment) {
  const auto& source = type.kind == ConfigKind::Noneable ? *type.element : type;
  ConfigDecoder decoder(&environment);
  auto found = decoder.look_up(value, source);
  return found ? std::move(*found) : value;
}

void add_views(const ConfigType& type, const ConfigValue& value, const std::string& path,
               const ConfigEnvironment& environment, std::vector<SettingView>& views) {
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (type.kind == ConfigKind::Shape) {
    for (std::size_t i = 0; i < type.fields.size(); ++i)
      if (const auto* given = value.find(type.fields[i].name, i))
        add_views(*type.fields[i].type, *given, below(type.fields[i].name), environment, views);
    return;
  }
  if (type.kind == ConfigKind::Map) {
    for (const auto& entry : value.entries())
      add_views(*type.element, entry.value, below(entry.key), environment, views);
    return;
  }
  views.push_back({path, looked_up(value, type, environment), value.mark(),
                   ConfigDecoder::reference_of(value)});
}

// What cannot be read has no references.
void add_reference_problems(const ConfigType& type, const std::string& text,
                            const std::string& file, const ConfigEnvironment& environment,
                            ConfigOutcome& outcome) {
  const auto is_syntax = [](const auto& problem) { return problem.code == ConfigCode::Syntax; };
  if (std::ranges::any_of(outcome.problems, is_syntax)) return;
  const auto found = check_references(type, parse_config(text, file).value, environment);
  outcome.problems.insert(outcome.problems.end(), found.begin(), found.end());
  sort_problems(outcome.problems);
}

// Nothing where there is no file.
Result<std::optional<std::string>> read_text(const std::filesystem::path& file) {
  std::error_code error;
  const auto kind = std::filesystem::status(file, error).type();
  if (kind == std::filesystem::file_type::not_found) return std::optional<std::string>{};
  if (kind != std::filesystem::file_type::none && kind != std::filesystem::file_type::regular)
    return make_error(ErrorCode::Config, "the settings " + file.string() + " are no regular file");
  auto text = read_file(file);
  if (!text.ok())
    return make_error(ErrorCode::Config, "the settings cannot be read: " + text.error().message);
  return std::optional(std::move(*text));
}

}  // namespace

Result<RetryOn> parse_retry_on(std::string_view name) {
  if (name == "any") return RetryOn::Any;
  if (name == "infrastructure") return RetryOn::Infrastructure;
  return make_error(ErrorCode::Config, quote(name) + " is neither any nor infrastructure");
}

void Settings::describe(ConfigSchema<Settings>& s) {
  s.describe("what holds for all runs of this home where nothing else is said");
  s.field("executor", &Settings::executor).describe("where steps run, and how many at a time");
  s.field("pools", &Settings::pools)
      .describe("limits of pools for which neither program nor launch has one")
      .min(1);
  s.field("retries", &Settings::retries).describe("further runs of jobs that failed");
  s.field("retention", &Settings::retention).describe("which runs gc deletes");
  s.field("intermediates", &Settings::intermediates).describe("values between steps, on disk");
  s.field("logs", &Settings::logs).describe("messages, and what steps print");
  s.field("secrets", &Settings::secrets).describe("what configs may hold");
}

void Settings::Executor::describe(ConfigSchema<Executor>& s) {
  s.field("default", &Executor::kind)
      .describe("where steps run")
      .names({{ExecutorKind::Threads, "threads"},
              {ExecutorKind::Processes, "processes"},
              {ExecutorKind::Inline, "inline"}});
  s.field("jobs", &Executor::jobs)
      .describe("steps at a time; null: one per core")
      .range(1, kMostJobs);
  s.field("memory", &Executor::memory)
      .describe("budget for running steps and held values of a run; null: none");
  s.field("step_memory", &Executor::step_memory)
      .describe("what one step may take in processes; null: what its op says");
  s.field("grace", &Executor::grace)
      .describe("in processes: from asking a step to stop to killing it")
      .min(kNoTime);
  s.field("recycle_after", &Executor::recycle_after)
      .describe("in processes: steps after which a process is replaced; null: never")
      .min(1);
}

void Settings::Retries::describe(ConfigSchema<Retries>& s) {
  s.field("max_retries", &Retries::max_retries)
      .describe("how often a run that failed is tried again")
      .range(0, 100);
  s.field("strategy", &Retries::strategy)
      .describe("what runs again")
      .names({{Strategy::FromFailure, "FROM_FAILURE"}, {Strategy::AllSteps, "ALL_STEPS"}});
  s.field("on", &Retries::on)
      .describe("after which failures: infrastructure leaves out those of ops")
      .names({{RetryOn::Any, "any"}, {RetryOn::Infrastructure, "infrastructure"}});
}

void Settings::Retention::describe(ConfigSchema<Retention>& s) {
  s.field("older_than", &Retention::older_than)
      .describe("gc deletes runs that ended longer ago than this; null: of any age")
      .min(kNoTime)
      .example(Source<std::chrono::microseconds>(std::chrono::days(30)));
  s.field("keep_last", &Retention::keep_last)
      .describe("gc keeps so many of the newest runs of each job; null: none for being new")
      .min(0);
}

void Settings::Intermediates::describe(ConfigSchema<Intermediates>& s) {
  s.field("keep", &Intermediates::keep)
      .describe("what is kept of values, where the job says nothing")
      .names({{Keep::None, "none"}, {Keep::Failed, "failed"}, {Keep::All, "all"}});
  s.field("failed_ttl", &Intermediates::failed_ttl)
      .describe("gc frees what failed runs kept this long after their end")
      .min(kNoTime);
  s.field("max_bytes", &Intermediates::max_bytes)
      .describe(
          "the oldest stored values are freed, by gc and after each run, until no more than "
          "this is left; null: no limit");
}

void Settings::Logs::describe(ConfigSchema<Logs>& s) {
  s.field("console_level", &Logs::console_level)
      .describe("least level of messages that are shown while a run goes on");
  s.field("max_bytes", &Logs::max_bytes)
      .describe("kept of what an attempt prints to one stream: its head and its tail")
      .min(Bytes{64 << 10});
}

void Settings::Secrets::describe(ConfigSchema<Secrets>& s) {
  s.field("allow_literals", &Secrets::allow_literals)
      .describe("configs may hold secrets themselves, and not only where they are");
}

Result<LoadedSettings> read_settings(const std::filesystem::path& home,
                                     const ConfigEnvironment& environment) {
  LoadedSettings loaded;
  loaded.file = home / "penstock.yaml";
  const auto text = PENSTOCK_TRY(read_text(loaded.file));
  loaded.exists = text.has_value();
  const auto& type = *config_type_of<Settings>();
  auto outcome = validate_text(type, text.value_or(""), loaded.file.string());
  add_reference_problems(type, text.value_or(""), loaded.file.string(), environment, outcome);
  if (!outcome.ok()) return config_error(outcome.problems);
  loaded.values = PENSTOCK_TRY(decode_config<Settings>(outcome.value, environment));
  loaded.document = std::move(outcome.value);
  loaded.warnings = std::move(outcome.warnings);
  return loaded;
}

RunDefaults run_defaults(const Settings& settings) {
  RunDefaults defaults{.keep = *settings.intermediates.keep,
                       .allow_literal_secrets = *settings.secrets.allow_literals};
  for (const auto& [name, limit] : settings.pools) defaults.pools[name] = *limit;
  return defaults;
}

std::vector<SettingView> setting_views(const LoadedSettings& settings,
                                       const ConfigEnvironment& environment) {
  std::vector<SettingView> views;
  add_views(*config_type_of<Settings>(), settings.document, "", environment, views);
  return views;
}

}  // namespace penstock

// The settings file of a home folder, penstock.yaml: what holds for all runs of a program where
// neither command line nor config, run or job say something. docs/guide/settings.md describes it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "penstock/model/config_document.h"
#include "penstock/model/config_schema.h"
#include "penstock/model/executor_kind.h"
#include "penstock/model/keep.h"
#include "penstock/model/loggers_config.h"
#include "penstock/plan/plan_reexecution.h"

namespace penstock {

/// Which failures of a run are worth another run.
enum class RetryOn : std::uint8_t {
  Any,
  Infrastructure  ///< not those of ops
};
/// The name in documents and on the command line, or Config with the names there are.
Result<RetryOn> parse_retry_on(std::string_view name);

/// Steps that run at a time, at most.
inline constexpr std::int32_t kMostJobs = 4096;

/// All settings; the initialisers are what holds without a file.
struct Settings {
  struct Executor {
    Source<ExecutorKind> kind = ExecutorKind::Threads;
    std::optional<Source<std::int32_t>> jobs;  ///< nothing: one per core
    std::optional<Source<Bytes>> memory;       ///< nothing: no budget
    std::optional<Source<Bytes>> step_memory;  ///< nothing: as ops say
    Source<std::chrono::microseconds> grace = std::chrono::seconds(10);
    std::optional<Source<std::int32_t>> recycle_after;  ///< nothing: never
    static void describe(ConfigSchema<Executor>& s);
  };
  struct Retries {
    Source<std::int32_t> max_retries = 0;
    Source<Strategy> strategy = Strategy::FromFailure;
    Source<RetryOn> on = RetryOn::Any;
    static void describe(ConfigSchema<Retries>& s);
  };
  struct Retention {
    std::optional<Source<std::chrono::microseconds>> older_than;
    std::optional<Source<std::int64_t>> keep_last;
    static void describe(ConfigSchema<Retention>& s);
  };
  struct Intermediates {
    Source<Keep> keep = Keep::Failed;
    Source<std::chrono::microseconds> failed_ttl = std::chrono::days(7);
    std::optional<Source<Bytes>> max_bytes;  ///< nothing: any number
    static void describe(ConfigSchema<Intermediates>& s);
  };
  struct Logs {
    Source<LogLevel> console_level = LogLevel::Warning;
    Source<Bytes> max_bytes = Bytes{64 << 20};
    static void describe(ConfigSchema<Logs>& s);
  };
  struct Secrets {
    Source<bool> allow_literals = false;
    static void describe(ConfigSchema<Secrets>& s);
  };

  Executor executor;
  std::map<std::string, Source<std::int64_t>> pools;
  Retries retries;
  Retention retention;
  Intermediates intermediates;
  Logs logs;
  Secrets secrets;
  static void describe(ConfigSchema<Settings>& s);
};

/// The value of a setting that may be missing.
template <class T>
std::optional<T> value_of(const std::optional<Source<T>>& setting) {
  if (!setting) return {};
  return **setting;
}

/// Settings, and where they come from.
struct LoadedSettings {
  Settings values = {};
  std::filesystem::path file = {};  ///< whether or not it is there
  bool exists = false;
  ConfigValue document = {};  ///< defaults filled in; what the file gives has its place in it
  std::vector<std::string> warnings = {};
};

/// The settings of a home folder; those of an empty file when it has none. Config: everything that
/// is wrong with the file, one a line.
Result<LoadedSettings> read_settings(const std::filesystem::path& home,
                                     const ConfigEnvironment& environment);

/// What they say of every plan.
RunDefaults run_defaults(const Settings& settings);

/// One setting, as it is.
struct SettingView {
  std::string name = {};               ///< `executor.jobs`
  ConfigValue value = {};              ///< what it is, looked up
  ConfigMark mark = {};                ///< where the file gives it; without a line: it does not
  std::optional<ConfigReference> reference = {};  ///< where the file says that it is
};
/// All settings, in the order of the schema.
std::vector<SettingView> setting_views(const LoadedSettings& settings,
                                       const ConfigEnvironment& environment);

}  // namespace penstock

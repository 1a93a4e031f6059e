#include "penstock/cli/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "penstock/testing/ephemeral_folder.h"

namespace penstock {
namespace {

ConfigEnvironment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return {};
    return found->second;
  };
}

class SettingsFile : public ::testing::Test {
 protected:
  Result<LoadedSettings> read(std::string_view text, const ConfigEnvironment& environment) {
    std::ofstream(home() / "penstock.yaml") << text;
    return read_settings(home(), environment);
  }
  Result<LoadedSettings> read(std::string_view text) { return read(text, variables({})); }
  /// The error without the path of the folder.
  std::string problems_of(std::string_view text) {
    const auto loaded = read(text);
    if (loaded.ok()) return {};
    auto message = loaded.error().message;
    const auto folder = home().string() + "/";
    for (auto at = message.find(folder); at != message.npos; at = message.find(folder))
      message.erase(at, folder.size());
    return message;
  }
  const std::filesystem::path& home() const { return folder_.path(); }

 private:
  penstock::testing::EphemeralFolder folder_;
};

TEST_F(SettingsFile, WithoutAFileTheDefaultsHold) {
  const auto loaded = read_settings(home(), variables({})).value();
  EXPECT_FALSE(loaded.exists);
  EXPECT_EQ(loaded.file, home() / "penstock.yaml");
  const auto& settings = loaded.values;
  EXPECT_EQ(*settings.executor.kind, ExecutorKind::Threads);
  EXPECT_FALSE(settings.executor.jobs || settings.executor.memory);
  EXPECT_EQ(*settings.retries.max_retries, 0);
  EXPECT_FALSE(settings.retention.older_than || settings.retention.keep_last);
  EXPECT_EQ(*settings.intermediates.keep, Keep::Failed);
  EXPECT_EQ(*settings.intermediates.failed_ttl, std::chrono::days(7));
  EXPECT_EQ(*settings.logs.console_level, LogLevel::Warning);
  EXPECT_EQ(settings.logs.max_bytes->count, 64 << 20);
  EXPECT_FALSE(*settings.secrets.allow_literals);
  for (const auto& view : setting_views(loaded, variables({}))) EXPECT_EQ(view.mark.line, 0u);
  EXPECT_EQ(read("").value().document, loaded.document);
}

TEST_F(SettingsFile, EverySectionIsRead) {
  const auto settings =
      read("executor: {default: processes, jobs: 3, memory: 2GiB, step_memory: 1GiB, grace: 2s,\n"
           "           recycle_after: 9}\n"
           "pools: {db: 2, net: 5}\n"
           "retries: {max_retries: 2, strategy: ALL_STEPS, on: infrastructure}\n"
           "retention: {older_than: 30d, keep_last: 10}\n"
           "intermediates: {keep: all, failed_ttl: 1d, max_bytes: 5GiB}\n"
           "logs: {console_level: INFO, max_bytes: 1MiB}\n"
           "secrets: {allow_literals: true}\n")
          .value()
          .values;
  EXPECT_EQ(*settings.executor.kind, ExecutorKind::Processes);
  EXPECT_EQ(value_of(settings.executor.jobs), 3);
  EXPECT_EQ(value_of(settings.executor.memory), Bytes{std::int64_t(2) << 30});
  EXPECT_EQ(value_of(settings.executor.step_memory), Bytes{1 << 30});
  EXPECT_EQ(*settings.executor.grace, std::chrono::seconds(2));
  EXPECT_EQ(value_of(settings.executor.recycle_after), 9);
  EXPECT_EQ(*settings.retries.max_retries, 2);
  EXPECT_EQ(*settings.retries.strategy, Strategy::AllSteps);
  EXPECT_EQ(*settings.retries.on, RetryOn::Infrastructure);
  EXPECT_EQ(value_of(settings.retention.older_than), Micros(std::chrono::days(30)));
  EXPECT_EQ(value_of(settings.retention.keep_last), 10);
  EXPECT_EQ(*settings.intermediates.failed_ttl, std::chrono::days(1));
  EXPECT_EQ(value_of(settings.intermediates.max_bytes), Bytes{std::int64_t(5) << 30});
  EXPECT_EQ(*settings.logs.console_level, LogLevel::Info);
  EXPECT_EQ(settings.logs.max_bytes->count, 1 << 20);
  const auto defaults = run_defaults(settings);
  EXPECT_EQ(defaults.keep, Keep::All);
  EXPECT_EQ(defaults.pools, (PoolAmounts{{"db", 2}, {"net", 5}}));
  EXPECT_TRUE(defaults.allow_literal_secrets);
}

TEST_F(SettingsFile, AllThatIsWrongIsSaidAtOnceWithItsPlace) {
  EXPECT_EQ(problems_of("executor:\n  jobs: 0\n  defualt: threads\npool: {db: 1}\n"
                        "retries: {on: user}\nlogs: {max_bytes: 1KiB}\n"),
            "penstock.yaml:2:9: executor.jobs: 0 is out of range; expected 1 to 4096\n"
            "penstock.yaml:3:3: executor.defualt: unknown field \"defualt\"; expected default, "
            "jobs, memory, step_memory, grace, recycle_after; did you mean default?\n"
            "penstock.yaml:4:1: pool: unknown field \"pool\"; expected executor, pools, retries, "
            "retention, intermediates, logs, secrets; did you mean pools?\n"
            "penstock.yaml:5:15: retries.on: \"user\" is unknown; expected one of any, "
            "infrastructure or {env: NAME}\n"
            "penstock.yaml:6:19: logs.max_bytes: \"1KiB\" is out of range; expected at least "
            "64KiB");
  EXPECT_EQ(problems_of("executor: {jobs: 1\n").substr(0, 15), "penstock.yaml:2");
  EXPECT_EQ(problems_of("executor: {jobs: {env: JOBS}}\n"),
            "penstock.yaml:1:18: executor.jobs: the environment variable JOBS is not set");
  EXPECT_EQ(read("x: 1").error().code, ErrorCode::Config);
}

TEST_F(SettingsFile, ThatIsAFolderIsRefused) {
  std::filesystem::create_directory(home() / "penstock.yaml");
  EXPECT_EQ(read_settings(home(), variables({})).error().message,
            "the settings " + (home() / "penstock.yaml").string() + " are no regular file");
}

TEST_F(SettingsFile, ViewsSayWhatHoldsAndWhereItStands) {
  const auto environment = variables({{"JOBS", "6"}});
  const auto loaded = read("pools: {db: 2}\nexecutor:\n  jobs: {env: JOBS}\n  grace: 1500ms\n",
                           environment);
  std::map<std::string, SettingView> views;
  for (auto& view : setting_views(loaded.value(), environment)) views.emplace(view.name, view);
  EXPECT_EQ(brief(views.at("executor.jobs").value), "6");
  EXPECT_EQ(views.at("executor.jobs").reference->name, "JOBS");
  EXPECT_EQ(views.at("executor.jobs").mark.line, 3u);
  EXPECT_EQ(brief(views.at("executor.grace").value), "\"1500ms\"");
  EXPECT_EQ(views.at("executor.grace").mark.line, 4u);
  EXPECT_EQ(brief(views.at("executor.default").value), "\"threads\"");
  EXPECT_EQ(views.at("executor.default").mark.line, 0u);
  EXPECT_EQ(views.at("pools.db").mark.line, 1u);
  EXPECT_TRUE(views.at("executor.memory").value.is_null());
}

TEST_F(SettingsFile, AScaffoldIsValid) {
  const auto text = config_scaffold(*config_type_of<Settings>(), ScaffoldDepth::AllDefaults);
  EXPECT_EQ(problems_of(text), "");
}

}  // namespace
}  // namespace penstock

// A log that cannot be written in the middle of a run stops the run.
#include <gtest/gtest.h>
#include <penstock/penstock.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <functional>

#include "penstock/plan/run_plan.h"
#include "penstock/run/execute_run.h"
#include "penstock/store/sqlite/sqlite_log.h"

namespace penstock {
namespace {

constexpr int kItems = 2000;
std::atomic<int> worked = 0;

Dynamic<int> items(OpContext& op) {
  Dynamic<int> out(op);
  for (int i = 0; i < kItems; ++i) out.yield(std::to_string(i), i);
  return out;
}

// Fills the log, and is slower than it, as work is.
int fill(OpContext& op, const int& item) {
  op.info(std::string(20'000, 'x'));
  volatile unsigned sum = 0;
  for (unsigned i = 0; i < 200'000; ++i) sum = sum + i;
  ++worked;
  return item;
}

std::filesystem::path home_to_change;
std::function<void(const std::filesystem::path&)> change_home;

// Changes the home from outside while a run works.
int change(OpContext&) {
  change_home(home_to_change);
  return 1;
}

Result<RunReport> run_with(ExecutorKind executor, const std::filesystem::path& home,
                           const std::string& job = "fill") {
  DefinitionsBuilder defs;
  defs.job("fill", [](GraphBuilder& g) { g.op<items>().map<fill>(); });
  defs.job("change", [](GraphBuilder& g) { g.op<change>(); });
  const auto definitions = defs.build().value();
  const auto plan = plan_run(definitions, {job, ConfigValue::map(), {}}, [](const std::string&) {
                      return std::optional<std::string>();
                    }).value();
  auto log = SqliteLog::open(home, {.max_bytes = 2 << 20}).value();
  const SystemClock clock;
  worked = 0;
  return execute_run(plan, *log, clock, {.executor = executor, .jobs = 2});
}

class LogLost : public ::testing::TestWithParam<ExecutorKind> {};

TEST_P(LogLost, StopsTheRunAndSaysWhy) {
  std::string home = (std::filesystem::temp_directory_path() / "penstock-XXXXXX").string();
  ASSERT_NE(::mkdtemp(home.data()), nullptr);
  const auto report = run_with(GetParam(), home);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().message, "event log " + home +
                                        "/penstock.db cannot grow: the disk or its limit is full; "
                                        "free some space and start again");
  EXPECT_GT(worked, 50);
  EXPECT_LT(worked, kItems) << "no new work once nothing can be recorded";
  std::filesystem::remove_all(home);
}

TEST_P(LogLost, AHomeThatIsRemovedOrReplacedFailsTheRun) {
  const std::function<void(const std::filesystem::path&)> changes[] = {
      [](const auto& home) { std::filesystem::remove_all(home); },
      [](const auto& home) { std::filesystem::remove(home / "penstock.db"); },
      [](const auto& home) {
        std::filesystem::remove_all(home);
        std::filesystem::create_directories(home);
        (void)SqliteLog::open(home).value();
      }};
  for (const auto& each : changes) {
    std::string home = (std::filesystem::temp_directory_path() / "penstock-XXXXXX").string();
    ASSERT_NE(::mkdtemp(home.data()), nullptr);
    home_to_change = home;
    change_home = each;
    const auto report = run_with(GetParam(), home, "change");
    ASSERT_FALSE(report.ok()) << "case " << &each - changes;
    EXPECT_EQ(report.error().message,
              "event log " + home +
                  "/penstock.db was removed or replaced while it was in use: what this process "
                  "recorded is lost; leave the home folder in place until its runs have ended");
    std::filesystem::remove_all(home);
  }
}

INSTANTIATE_TEST_SUITE_P(Executors, LogLost,
                         ::testing::Values(ExecutorKind::Inline, ExecutorKind::Threads));

}  // namespace
}  // namespace penstock

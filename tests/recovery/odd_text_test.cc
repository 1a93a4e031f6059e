// What ops record in bytes that are not text, or nested beyond all bounds, is the same in the live
// view and in the log, and the home stays usable.
#include <gtest/gtest.h>
#include <penstock/penstock.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include "penstock/plan/run_plan.h"
#include "penstock/run/execute_run.h"
#include "penstock/store/sqlite/sqlite_log.h"
#include "penstock/store/sqlite/sqlite_storage.h"

namespace penstock {
namespace {

const std::string kOdd = std::string("\xff\xC3\xED\xA0\x80\xC0\x80 \xC2\x9B", 10) + '\0' + "end";

Dynamic<int> items(OpContext& op) {
  Dynamic<int> out(op);
  out.yield("short", 1);
  out.yield(std::string(900, 'k'), 2);
  return out;
}

// With all that a step keeps on disk, whatever the length of its key.
int work(OpContext& op, const int& item) {
  op.add_metadata("note" + kOdd, kOdd);
  op.add_metadata("deep", MetadataValue::json_text(std::string(100'000, '[') +
                                                   std::string(100'000, ']')));
  op.info(kOdd);
  op.record(Materialization{.asset = "table", .partition = kOdd, .path = kOdd});
  op.record(CheckResult{.asset = "table", .check = kOdd, .partition = kOdd, .description = kOdd});
  const auto saved = op.checkpoint("state" + std::string(400, 's')).save(item);
  const auto folder = op.scratch();
  if (!saved.ok() || !folder.ok() || !std::filesystem::is_directory(*folder))
    throw std::logic_error("no checkpoint or scratch folder");
  return item;
}

Dynamic<int> too_long(OpContext& op) {
  Dynamic<int> out(op);
  out.yield(std::string(1001, 'k'), 1);
  return out;
}

int pass(const int& item) { return item; }

int long_asset(OpContext& op) {
  op.record(Materialization{.asset = std::string(1025, 'a')});
  return 1;
}

int odd_asset(OpContext& op) {
  op.record(Materialization{.asset = "table\xff"});
  return 1;
}

int fail(OpContext&) { throw std::runtime_error(kOdd); }

std::vector<std::string> bodies(const std::vector<Event>& events) {
  std::vector<std::string> texts;
  for (const auto& event : events)
    if (!event.body.is<StepProgress>()) texts.push_back(event.step + " " + encode_body(event.body));
  return texts;
}

// How a job with one op that breaks a bound ends.
std::string error_of(const std::function<void(GraphBuilder&)>& build) {
  std::string home = (std::filesystem::temp_directory_path() / "penstock-XXXXXX").string();
  EXPECT_NE(::mkdtemp(home.data()), nullptr);
  DefinitionsBuilder defs;
  defs.job("bounds", [&](GraphBuilder& g) { build(g); });
  const auto definitions = defs.build().value();
  const auto plan = plan_run(definitions, {"bounds", ConfigValue::map(), {}},
                             [](const std::string&) { return std::optional<std::string>(); })
                        .value();
  const SystemClock clock;
  auto log = SqliteLog::open(home).value();
  const auto report = execute_run(plan, *log, clock, {.jobs = 1, .home = home});
  std::filesystem::remove_all(home);
  return report.ok() ? report->error.message : report.error().message;
}

TEST(OddText, KeysBeyondTheirBoundFailTheStepThatGaveThem) {
  EXPECT_EQ(error_of([](GraphBuilder& g) { g.op<too_long>().map<pass>(); }),
            "a mapping key of output \"result\" has 1001 bytes; at most 1000: \"" +
                std::string(40, 'k') + "\"…");
  EXPECT_EQ(error_of([](GraphBuilder& g) { g.op<long_asset>(); }),
            "record() names the asset \"" + std::string(1025, 'a') +
                "\", and it has 1025 bytes, at most 1024; an asset key is one or more parts, "
                "joined by \"/\"");
  EXPECT_NE(error_of([](GraphBuilder& g) { g.op<odd_asset>(); }).find("and it is not UTF-8;"),
            std::string::npos);
}

TEST(OddText, IsTheSameLiveAndInTheLog) {
  std::string home = (std::filesystem::temp_directory_path() / "penstock-XXXXXX").string();
  ASSERT_NE(::mkdtemp(home.data()), nullptr);
  DefinitionsBuilder defs;
  defs.job("odd", [](GraphBuilder& g) {
    g.op<items>().map<work>();
    g.op<fail>();
  });
  const auto definitions = defs.build().value();
  const auto plan = plan_run(definitions, {"odd", ConfigValue::map(), {}}, [](const std::string&) {
                      return std::optional<std::string>();
                    }).value();
  const SystemClock clock;
  std::vector<Event> live;
  {
    auto log = SqliteLog::open(home).value();
    const auto report =
        execute_run(plan, *log, clock,
                    {.jobs = 1,
                     .observer = [&](const Event& event) { live.push_back(event); },
                     .home = home});
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    EXPECT_EQ(report->steps.succeeded, 3);
    EXPECT_EQ(report->steps.failed, 1);
    EXPECT_EQ(report->error.message.find('\xff'), std::string::npos);
    std::vector<Event> stored;
    ASSERT_TRUE(log->read({}, [&](const Event& event) {
                     stored.push_back(event);
                     return true;
                   }).ok());
    EXPECT_EQ(bodies(live), bodies(stored));
    const auto warned = std::ranges::count_if(stored, [](const Event& event) {
      const auto* message = event.body.get_if<LogMessage>();
      return message != nullptr && message->text.find("more than 100 levels") != std::string::npos;
    });
    EXPECT_EQ(warned, 2) << "once per step";
    const auto before = log->runs({}).value();
    ASSERT_TRUE(log->rebuild_projections().ok());
    EXPECT_EQ(log->runs({}).value(), before);
  }
  EXPECT_TRUE(SqliteStorage::open(home).value()->check().value().empty());
  std::filesystem::remove_all(home);
}

}  // namespace
}  // namespace penstock

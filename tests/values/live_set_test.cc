// How much of values is there at a time: on disk after many runs, in memory while many items pass.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>

#include "penstock/cli/value_sweep.h"
#include "penstock/model/definitions_builder.h"
#include "penstock/run/execute_run.h"
#include "penstock/store/memory_log.h"
#include "penstock/store/value_files.h"
#include "penstock/testing/ephemeral_folder.h"
#include "penstock/testing/fake_clock.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

constexpr int kRuns = 1000;
constexpr std::size_t kBytes = 2 * ValueFiles::kInlineBytes;  // so that each value takes a file

struct Failing {
  bool fail = false;
  static void describe(ConfigSchema<Failing>& s) { s.field("fail", &Failing::fail); }
};

std::string make() { return std::string(kBytes, 'x'); }
std::string next(const std::string& text) { return text + "."; }
Result<int> measure(const Failing& failing, const std::string& text) {
  if (failing.fail) return Failure("told to", {}, false);
  return int(text.size());
}

/// Ten steps, of which the last fails on request.
Definitions chain() {
  DefinitionsBuilder defs;
  defs.job("chain", [](GraphBuilder& g) {
    auto text = g.op<make>();
    for (int i = 1; i <= 8; ++i) text = g.op<next>(text);
    g.op<measure>(text);
  });
  return *defs.build();
}

std::size_t count_files(const fs::path& folder) {
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    files += entry.is_regular_file();
  return files;
}

TEST(LiveSet, AThousandRunsLeaveWhatReexecutionsOfTheFailedOnesNeedAndNoMore) {
  const testing::EphemeralFolder home;
  const testing::FakeClock clock;
  ValueFiles values(home.path());
  MemoryLog log;
  const auto definitions = chain();
  auto config = ConfigValue::map();
  const auto good = plan_run(definitions, {.job = "chain"});
  config.set(
      "ops",
      ConfigValue::map(
          {{"measure", ConfigValue::map({{"config", ConfigValue::map({{"fail", true}})}})}}));
  const auto bad = plan_run(definitions, {.job = "chain", .config = config});
  ASSERT_TRUE(good.ok() && bad.ok());
  RunOptions options{.executor = ExecutorKind::Inline, .values = &values, .home = home.path()};
  std::size_t failed = 0;
  for (int run = 1; run <= kRuns; ++run) {
    const bool fails = run % 100 == 0;
    const auto report = execute_run(fails ? *bad : *good, log, clock, options).value();
    ASSERT_EQ(report.status, fails ? RunStatus::Failure : RunStatus::Success);
    failed += fails;
    if (run % 50 == 0) {
      ASSERT_EQ(count_files(home.path()), failed) << "one value that a failed step needed each";
    }
  }
  const auto later = clock.now() + std::chrono::days(8);
  const auto swept = find_swept_values(log, values, {}, later).value();
  EXPECT_EQ(swept.size(), failed);
  ASSERT_TRUE(delete_swept(log, values, swept, later).ok());
  EXPECT_EQ(count_files(home.path()), 0u);
}

/// Knows how many of its kind there are, and how many there were at most; moving one makes no more.
class Counted {
 public:
  static constexpr bool kPortable = false;
  static inline std::atomic<int> live = 0, most = 0;
  Counted() : token_(std::make_shared<const Token>()) {}

 private:
  struct Token {
    Token() {
      const int now = ++live;
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) continue;
    }
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;
    ~Token() { --live; }
  };
  std::shared_ptr<const Token> token_;
};

fs::path watched;
std::atomic<std::size_t> most_files = 0;

Dynamic<int> many(OpContext& op) {
  Dynamic<int> items(op);
  const auto count = std::stoi(op.facts().tags.at("items"));
  for (int i = 0; i < count; ++i) items.yield(std::to_string(i), i);
  return items;
}
Counted first(const int&) { return {}; }
Counted pass_on(const Counted&) { return {}; }
int finish(const Counted&) {
  if (const auto files = count_files(watched); files > most_files) most_files = files;
  return 1;
}
int total(const std::vector<int>& all) { return int(all.size()); }

/// The most of those that were alive at once, while `items` went through four steps each.
int most_alive(int items, std::int32_t slots) {
  const testing::EphemeralFolder home;
  watched = home.path();
  Counted::most = 0;
  DefinitionsBuilder defs;
  defs.op<many>().tag("items", std::to_string(items));
  defs.job("fan_out", [](GraphBuilder& g) {
    g.op<total>(g.op<many>().map<first>().map<pass_on>().map<pass_on>().map<finish>().collect());
  });
  const auto plan = plan_run(*defs.build(), {.job = "fan_out"}).value();
  ValueFiles values(home.path());
  MemoryLog log;
  const testing::FakeClock clock;
  const auto executor = slots == 1 ? ExecutorKind::Inline : ExecutorKind::Threads;
  const auto report =
      execute_run(plan, log, clock,
                  {.executor = executor, .jobs = slots, .values = &values, .home = home.path()})
          .value();
  EXPECT_EQ(report.status, RunStatus::Success);
  EXPECT_EQ(Counted::live, 0);
  return Counted::most;
}

TEST(LiveSet, OfItemsDepthFirstGrowsWithSlotsAndChainAndNotWithItems) {
  constexpr int kChain = 3;  // values that an item has on its way
  for (const std::int32_t slots : {1, 2, 4}) {
    for (const int items : {10, 100, 1000}) {
      const auto most = most_alive(items, slots);
      EXPECT_GT(most, 0);
      EXPECT_LE(most, slots * kChain) << items << " items in " << slots << " slots";
    }
  }
  EXPECT_EQ(most_files, 0u) << "with keep failed, nothing of a run that goes well is on disk";
}

}  // namespace
}  // namespace penstock

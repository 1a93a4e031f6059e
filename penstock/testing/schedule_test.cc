// The order in which ready steps start, on graphs with very uneven steps.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "penstock/model/definitions_builder.h"
#include "penstock/store/memory_log.h"
#include "penstock/testing/scripted_run.h"

namespace penstock::testing {
namespace {

constexpr int kSteps = 200;
constexpr std::int32_t kSlots = 8;

struct SkewedGraph {
  Definitions definitions;
  Script script;
  std::vector<std::int64_t> seconds;
  std::vector<std::vector<int>> before;

  std::int64_t critical_path() const {
    std::vector<std::int64_t> ends;
    for (int i = 0; i < kSteps; ++i) {
      std::int64_t begin = 0;
      for (const int source : before[std::size_t(i)])
        begin = std::max(begin, ends[std::size_t(source)]);
      ends.push_back(begin + seconds[std::size_t(i)]);
    }
    return *std::ranges::max_element(ends);
  }
  std::int64_t work() const {
    std::int64_t sum = 0;
    for (const auto each : seconds) sum += each;
    return sum;
  }
  double lower_bound() const { return std::max(double(critical_path()), double(work()) / kSlots); }
};

/// Most steps take seconds and some take minutes; each reads up to two of the thirty before it.
SkewedGraph skewed(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return int(random() % n); };
  Script script;
  std::vector<std::int64_t> seconds;
  std::vector<std::vector<int>> before;
  for (int i = 0; i < kSteps; ++i) {
    seconds.push_back(below(20) == 0 ? 60 + below(240) : 1 + below(10));
    before.emplace_back();
    for (int n = i == 0 ? 0 : below(3); n > 0; --n)
      before.back().push_back(std::max(0, i - 30) + below(std::uint64_t(std::min(i, 30))));
    script.step("s" + std::to_string(i)).takes(std::chrono::seconds(seconds.back()));
  }
  DefinitionsBuilder defs;
  defs.job("skewed", [&](GraphBuilder& g) {
    std::vector<Ref<int>> made;
    for (int i = 0; i < kSteps; ++i) {
      const auto name = "s" + std::to_string(i);
      const auto& sources = before[std::size_t(i)];
      if (sources.empty())
        made.push_back(g.op(name, [] { return 1; }));
      else if (sources.size() == 1)
        made.push_back(g.op(name, [](const int& a) { return a; }, made[std::size_t(sources[0])]));
      else
        made.push_back(g.op(
            name, [](const int& a, const int& b) { return a + b; }, made[std::size_t(sources[0])],
            made[std::size_t(sources[1])]));
    }
  });
  return {defs.build().value(), std::move(script), std::move(seconds), std::move(before)};
}

std::vector<std::string> starts(const TestRun& run) { return run.events_of({"STEP_START"}); }

TEST(Schedule, OfASkewedGraphIsNearTheLowerBoundOnceStepsWereMeasured) {
  double worst = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto graph = skewed(seed);
    MemoryLog history;
    const ScriptedOptions options{.slots = kSlots, .history = &history};
    run_scripted(graph.definitions, "skewed", graph.script, options).value();
    const auto measured = run_scripted(graph.definitions, "skewed", graph.script, options).value();
    ASSERT_TRUE(measured.succeeded());
    const auto took = double(measured.report.duration.count()) / 1e6;
    worst = std::max(worst, took / graph.lower_bound());
    EXPECT_LE(took, 1.10 * graph.lower_bound()) << "seed " << seed;
  }
  RecordProperty("worst", std::to_string(worst));
}

TEST(Schedule, IsTheSameForTheSameTimes) {
  const auto graph = skewed(7);
  MemoryLog history;
  const ScriptedOptions options{.slots = kSlots, .history = &history};
  run_scripted(graph.definitions, "skewed", graph.script, options).value();
  const auto again = [&] {
    MemoryLog known;
    run_scripted(graph.definitions, "skewed", graph.script, {.slots = kSlots, .history = &known})
        .value();
    return starts(run_scripted(graph.definitions, "skewed", graph.script,
                               {.slots = kSlots, .history = &known})
                      .value());
  };
  EXPECT_EQ(again(), again());
}

TEST(Schedule, PutsTheLongerWayFirstAmongStepsOfOneDepth) {
  DefinitionsBuilder defs;
  defs.job("two", [](GraphBuilder& g) {
    g.op("quick", [] { return 1; });
    g.op("slow", [] { return 1; });
  });
  const auto definitions = defs.build().value();
  Script script;
  script.step("slow").takes(std::chrono::minutes(5));
  MemoryLog history;
  const ScriptedOptions options{.history = &history};
  EXPECT_EQ(starts(run_scripted(definitions, "two", script, options).value()),
            (std::vector<std::string>{"STEP_START quick", "STEP_START slow"}))
      << "nothing is known: as written";
  EXPECT_EQ(starts(run_scripted(definitions, "two", script, options).value()),
            (std::vector<std::string>{"STEP_START slow", "STEP_START quick"}));
}

TEST(Schedule, ReservesWhatAnOpNeededBefore) {
  DefinitionsBuilder defs;
  defs.job("grow", [](GraphBuilder& g) {
    for (const auto* name : {"a", "b", "c"})
      g.op(
          "read", [](const std::string& text) { return text + text; },
          g.op(name, [] { return std::string(); }));
  });
  const auto definitions = defs.build().value();
  Script script;
  for (const auto* name : {"a", "b", "c"}) script.step(name).gives(std::string(1000, 'x'));
  script.step("read").gives(std::string(5000, 'x'));
  script.step("read_2").gives(std::string(5000, 'x'));
  script.step("read_3").gives(std::string(5000, 'x'));
  MemoryLog history;
  run_scripted(definitions, "grow", script, {.slots = 3, .history = &history}).value();
  const auto run =
      run_scripted(definitions, "grow", script, {.slots = 3, .memory = 12'000, .history = &history})
          .value();
  EXPECT_TRUE(run.succeeded());
  std::int64_t reserved = 0;
  for (const auto& start : run.all<StepStart>()) reserved = std::max(reserved, start.memory);
  EXPECT_GE(reserved, 5000);
  EXPECT_EQ(run.all<StepBlocked>().at(0).reason, "memory");
}

Definitions one_hungry_step() {
  DefinitionsBuilder defs;
  defs.job("hungry", [](GraphBuilder& g) {
    g.op("other", [] { return 1; });
    g.op("hungry", [] { return 1; });
  });
  return defs.build().value();
}

TEST(Schedule, TriesAStepThatWasKilledForMemoryOnceMoreWithMore) {
  Script script;
  script.step("hungry", 0).crashes("OOM_KILLED", 400);
  const auto run =
      run_scripted(one_hungry_step(), "hungry", script, {.slots = 2, .memory = 1000}).value();
  EXPECT_TRUE(run.succeeded());
  EXPECT_EQ(run.all<StepUpForRetry>().at(0).memory, 600) << "one and a half of what it had";
  EXPECT_EQ(run.all<StepStart>().back().memory, 600);
}

TEST(Schedule, TriesAStepThatNeedsMoreThanThereIsAlone) {
  Script script;
  script.step("other").takes(std::chrono::seconds(50));
  script.step("hungry", 0).crashes("OOM_KILLED", 5000);
  script.step("hungry", 1).crashes("OOM_KILLED", 5000);
  const auto run =
      run_scripted(one_hungry_step(), "hungry", script, {.slots = 2, .memory = 1000}).value();
  EXPECT_EQ(run.all<StepUpForRetry>().at(0).reason,
            "it was killed for want of memory; once more alone");
  EXPECT_EQ(
      run.events_of({"STEP_START", "STEP_SUCCESS", "STEP_FAILURE"}),
      (std::vector<std::string>{"STEP_START other", "STEP_START hungry", "STEP_FAILURE hungry",
                                "STEP_SUCCESS other", "STEP_START hungry", "STEP_FAILURE hungry"}))
      << "not beside the other, and only once";
  EXPECT_EQ(run.all<RunFailure>().at(0).reason, "OOM_KILLED");
}

}  // namespace
}  // namespace penstock::testing

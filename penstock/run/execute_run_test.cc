#include "penstock/run/execute_run.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <new>
#include <set>
#include <stdexcept>

#include "penstock/model/definitions_builder.h"
#include "penstock/testing/replace_resource.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using testing::run_job;
using testing::TestOptions;

struct Scope {
  int count = 3;
  static void describe(ConfigSchema<Scope>& s) {
    s.field("count", &Scope::count).range(0, 1000000);
  }
};

Dynamic<int> numbers(OpContext& op, const Scope& scope) {
  Dynamic<int> items(op);
  for (int i = 0; i < scope.count; ++i) items.yield("n" + std::to_string(i), i);
  return items;
}
int twice(const int& n) { return 2 * n; }
int add_one(const int& n) { return n + 1; }
int sum(const std::vector<int>& all) {
  int total = 0;
  for (int n : all) total += n;
  return total;
}

Definitions must(Result<Definitions> definitions) {
  EXPECT_TRUE(definitions.ok()) << definitions.error().to_string();
  return *definitions;
}

/// What holds wherever steps run.
class EveryExecutor : public ::testing::TestWithParam<ExecutorKind> {
 protected:
  static TestOptions on(std::int32_t jobs) { return {GetParam(), jobs}; }
};
INSTANTIATE_TEST_SUITE_P(ExecuteRun, EveryExecutor,
                         ::testing::Values(ExecutorKind::Inline, ExecutorKind::Threads,
                                           ExecutorKind::Processes),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

TEST_P(EveryExecutor, MapsAndCollects) {
  DefinitionsBuilder defs;
  auto chain = defs.graph(
      "chain", [](GraphBuilder& g, Ref<int> n) { return g.op<add_one>(g.op<twice>(n)); });
  defs.job("etl", [&](GraphBuilder& g) { g.op<sum>(g.op<numbers>().map(chain).collect()); });
  const auto definitions = must(defs.build());
  for (const auto& options : {on(1), on(4)}) {
    auto run = run_job(definitions, "etl", "ops: {numbers: {config: {count: 100}}}", options);
    ASSERT_TRUE(run.ok()) << run.error().to_string();
    EXPECT_TRUE(run->succeeded());
    EXPECT_EQ(run->value<int>("sum"), 99 * 100 + 100);
    EXPECT_EQ(run->value<int>("chain.twice[n7]"), 14);
    EXPECT_EQ(run->report.steps.succeeded, 202);
  }
}

TEST_P(EveryExecutor, RunsDepthFirst) {
  DefinitionsBuilder defs;
  auto chain = defs.graph(
      "chain", [](GraphBuilder& g, Ref<int> n) { return g.op<add_one>(g.op<twice>(n)); });
  defs.job("etl", [&](GraphBuilder& g) { g.op<sum>(g.op<numbers>().map(chain).collect()); });
  auto run = run_job(must(defs.build()), "etl", "", on(1));
  EXPECT_EQ(run->events_of({"STEP_START"}),
            (std::vector<std::string>{"STEP_START numbers", "STEP_START chain.twice[n0]",
                                      "STEP_START chain.add_one[n0]", "STEP_START chain.twice[n1]",
                                      "STEP_START chain.add_one[n1]", "STEP_START chain.twice[n2]",
                                      "STEP_START chain.add_one[n2]", "STEP_START sum"}));
}

TEST_P(EveryExecutor, CollectsNothingFromNoItems) {
  DefinitionsBuilder defs;
  defs.job("etl", [&](GraphBuilder& g) {
    auto all = g.op<numbers>();
    g.op<sum>(all.map<twice>().collect());
    g.with({.alias = "direct"}).op<sum>(all.collect());
  });
  auto run = run_job(must(defs.build()), "etl", "ops: {numbers: {config: {count: 0}}}", on(1));
  EXPECT_TRUE(run->succeeded());
  EXPECT_EQ(run->value<int>("sum"), 0);
  EXPECT_EQ(run->value<int>("direct"), 0);
}

Dynamic<int> digits(const int& n) {
  Dynamic<int> items;
  for (int i = 0; i <= n; ++i) items.yield("d" + std::to_string(i), i);
  return items;
}

TEST_P(EveryExecutor, NestsMaps) {
  DefinitionsBuilder defs;
  defs.job("nested", [&](GraphBuilder& g) {
    auto inner = g.op<numbers>().map<digits>();
    auto sums = inner.map<twice>().collect().map<sum>();  // one per number
    g.with({.alias = "total"}).op<sum>(sums.collect());
  });
  for (const auto& options : {on(1), on(3)}) {
    auto run = run_job(must(defs.build()), "nested", "", options);
    ASSERT_TRUE(run->succeeded());
    EXPECT_EQ(run->value<int>("twice[n2,d1]"), 2);
    EXPECT_EQ(run->value<int>("sum[n2]"), 6);
    EXPECT_EQ(run->value<int>("total"), 0 + 2 + 6);
  }
}

TEST(ExecuteRun, OrdersAcrossMaps) {
  DefinitionsBuilder defs;
  defs.job("ordered", [&](GraphBuilder& g) {
    auto prepare = g.op("prepare", [] { return 1; });
    auto all = g.op<numbers>();
    auto doubled = all.map<twice>();
    g.order(prepare, doubled);
    auto finish = g.op("finish", [] { return 2; });
    g.order(doubled, finish);
  });
  const auto definitions = must(defs.build());
  for (const auto& options : {TestOptions{}, TestOptions{ExecutorKind::Threads, 3}}) {
    const auto run = run_job(definitions, "ordered", "", options);
    const auto starts = run->events_of({"STEP_START"});
    const auto place = [&](const std::string& step) {
      return std::ranges::find(starts, "STEP_START " + step) - starts.begin();
    };
    EXPECT_TRUE(run->succeeded());
    for (const auto* copy : {"twice[n0]", "twice[n1]", "twice[n2]"}) {
      EXPECT_LT(place("prepare"), place(copy));
      EXPECT_LT(place(copy), place("finish"));
    }
  }
}

int seven() { return 7; }
int plus(const int& a, const int& b) { return a + b; }
int plus_all(const int& a, const std::vector<int>& all) { return a + sum(all); }

TEST_P(EveryExecutor, HandsOutsideValuesToEveryItem) {
  DefinitionsBuilder defs;
  defs.job("broadcast", [&](GraphBuilder& g) {
    auto all = g.op<numbers>();
    auto base = g.op<seven>();
    g.op<sum>(all.map<plus>(base).collect());
    auto everything = all.map<twice>().collect();
    g.with({.alias = "second"}).op<sum>(all.map<plus_all>(everything).collect());
  });
  for (const auto& options : {on(1), on(3)}) {
    auto run = run_job(must(defs.build()), "broadcast", "", options);
    ASSERT_TRUE(run->succeeded());
    EXPECT_EQ(run->value<int>("sum"), 3 * 7 + 3);
    EXPECT_EQ(run->value<int>("second"), 3 + 3 * 6);
  }
}

Result<int> odd_fails(const int& n) {
  if (n % 2 == 1) return make_error(ErrorCode::UserFailure, "odd number " + std::to_string(n));
  return n;
}

TEST_P(EveryExecutor, FailuresStopOnlyWhatNeedsThem) {
  DefinitionsBuilder defs;
  defs.job("etl", [&](GraphBuilder& g) {
    auto mapped = g.op<numbers>().map<odd_fails>();
    g.op<sum>(mapped.map<add_one>().collect());
  });
  auto run = run_job(must(defs.build()), "etl", "", on(1));
  EXPECT_EQ(run->report.status, RunStatus::Failure);
  EXPECT_EQ(run->report.failed_steps, std::vector<std::string>{"odd_fails[n1]"});
  EXPECT_EQ(run->report.error.to_string(), "step odd_fails[n1]: odd number 1");
  EXPECT_EQ(run->value<int>("add_one[n2]"), 3);
  EXPECT_EQ(
      run->events_of({"STEP_UPSTREAM_FAILED"}),
      (std::vector<std::string>{"STEP_UPSTREAM_FAILED add_one[n1]", "STEP_UPSTREAM_FAILED sum"}));
  EXPECT_EQ(run->all<StepUpstreamFailed>()[1].step, "add_one[n1]");
}

TEST_P(EveryExecutor, TurnsExceptionsIntoErrors) {
  DefinitionsBuilder defs;
  defs.job("throws", [&](GraphBuilder& g) {
    g.op("bad", []() -> int {
      try {
        throw std::out_of_range("row 7");
      } catch (...) {
        std::throw_with_nested(std::runtime_error("cannot read"));
      }
    });
  });
  auto run = run_job(must(defs.build()), "throws", "", on(1));
  const auto error = run->all<StepFailure>().at(0).error;
  EXPECT_EQ(error.code, ErrorCode::UserException);
  EXPECT_NE(error.message.find("cannot read"), std::string::npos);
  EXPECT_EQ(error.detail, "caused by std::out_of_range: row 7\n");
}

TEST_P(EveryExecutor, RetriesByPolicy) {
  DefinitionsBuilder defs;
  defs.job("flaky", [&](GraphBuilder& g) {
    g.with({.retry = RetryPolicy{3, std::chrono::seconds(10), Backoff::Exponential}})
        .op("flaky", [](OpContext& op) -> Result<int> {
          if (op.facts().attempt < 2) return RetryRequested("not yet");
          return op.facts().attempt;
        });
  });
  for (const auto& options : {on(1), on(2)}) {
    auto run = run_job(must(defs.build()), "flaky", "", options);
    EXPECT_TRUE(run->succeeded());
    EXPECT_EQ(run->value<int>("flaky"), 2);
    const auto retries = run->all<StepUpForRetry>();
    ASSERT_EQ(retries.size(), 2u);
    EXPECT_EQ(retries[0].delay_us, 10'000'000);
    EXPECT_EQ(retries[1].delay_us, 30'000'000);
  }
}

TEST_P(EveryExecutor, DoesNotRetryPermanentFailures) {
  DefinitionsBuilder defs;
  defs.job("broken", [&](GraphBuilder& g) {
    g.with({.retry = RetryPolicy{5}}).op("broken", []() -> Status {
      return Failure("the disk is gone", {}, false);
    });
  });
  auto run = run_job(must(defs.build()), "broken", "", on(1));
  EXPECT_EQ(run->report.status, RunStatus::Failure);
  EXPECT_TRUE(run->all<StepUpForRetry>().empty());
}

TEST_P(EveryExecutor, SkipsWhatNeedsAMissingOutput) {
  DefinitionsBuilder defs;
  defs.job("branch", [&](GraphBuilder& g) {
    auto maybe = g.op("maybe", []() -> std::optional<int> { return std::nullopt; });
    g.op<twice>(maybe);
    auto skipped = g.op("skipping", []() -> Result<int> { return Skip("nothing to do"); });
    g.op<add_one>(skipped);
  });
  auto run = run_job(must(defs.build()), "branch", "", on(1));
  EXPECT_TRUE(run->succeeded());
  EXPECT_EQ(run->report.steps.skipped, 3);
  std::set<std::string> reasons;
  for (const auto& skipped : run->all<StepSkipped>()) reasons.insert(skipped.reason);
  EXPECT_EQ(reasons, (std::set<std::string>{
                         "nothing to do",
                         "input \"in0\" has no value: step \"maybe\" did not produce output "
                         "\"result\"",
                         "input \"in0\" has no value: step \"skipping\" was skipped"}));
}

TEST_P(EveryExecutor, RefusesBadAndRepeatedMappingKeys) {
  DefinitionsBuilder defs;
  defs.job("twice", [&](GraphBuilder& g) {
    g.op("same", [](OpContext& op) {
       Dynamic<int> items(op);
       items.yield("a", 1);
       items.yield("a", 2);
       return items;
     }).map<twice>();
    g.op("bad", []() {
       Dynamic<int> items;
       items.yield("a/b", 1);
       return items;
     }).map<add_one>();
    g.op("dots", []() {
       Dynamic<int> items;
       items.yield("..", 1);
       return items;
     }).map<add_one>();
  });
  auto run = run_job(must(defs.build()), "twice", "", on(1));
  const auto failures = run->all<StepFailure>();
  ASSERT_EQ(failures.size(), 3u);
  std::set<std::string> texts;
  for (const auto& failure : failures) texts.insert(failure.error.message);
  EXPECT_TRUE(
      texts.contains("mapping key \"..\" of output \"result\" is a name of folders; any other of "
                     "[A-Za-z0-9_.-]+ will do"));
  EXPECT_TRUE(
      texts.contains("output \"result\" gave the mapping key \"a\" twice; keys are unique"));
  EXPECT_TRUE(texts.contains("mapping key \"a/b\" of output \"result\" is not [A-Za-z0-9_.-]+"));
}

struct Probe {
  std::shared_ptr<std::vector<std::string>> said;
  std::string name;
  Probe(std::shared_ptr<std::vector<std::string>> to, std::string n)
      : said(std::move(to)), name(std::move(n)) {}
  Probe(Probe&&) = default;
  ~Probe() {
    if (said) said->push_back("close " + name);
  }
};
struct Pool : Probe {
  using Probe::Probe;
};

TEST(ExecuteRun, OpensResourcesOnceAndClosesInReverse) {
  auto said = std::make_shared<std::vector<std::string>>();
  DefinitionsBuilder defs;
  defs.resource<Probe>("probe", [said]() {
    said->push_back("open probe");
    return Probe(said, "probe");
  });
  defs.resource<Pool>("pool", [said](Resource<Probe>) {
    said->push_back("open pool");
    return Pool(said, "pool");
  });
  defs.job("uses", [&](GraphBuilder& g) {
    auto use = [](Resource<Pool>, Resource<Probe> probe, const int& n) {
      return n + int(probe->name.size());
    };
    g.op<sum>(g.op<numbers>().map("use", use).collect());
  });
  auto run = run_job(must(defs.build()), "uses", "", {ExecutorKind::Threads, 4});
  EXPECT_TRUE(run->succeeded());
  EXPECT_EQ(*said,
            (std::vector<std::string>{"open probe", "open pool", "close pool", "close probe"}));
}

TEST_P(EveryExecutor, FailsTheStepsOfABrokenResourceOnly) {
  DefinitionsBuilder defs;
  defs.resource<Probe>("probe",
                       []() -> Result<Probe> { return make_error(ErrorCode::Io, "no such file"); });
  defs.job("uses", [&](GraphBuilder& g) {
    g.op("use", [](Resource<Probe>) {});
    g.op<seven>();
  });
  auto run = run_job(must(defs.build()), "uses", "", on(1));
  EXPECT_EQ(run->report.failed_steps, std::vector<std::string>{"use"});
  EXPECT_EQ(run->value<int>("seven"), 7);
  EXPECT_EQ(run->report.error.to_string(), "step use: resource \"probe\": no such file");
}

TEST(ExecuteRun, TakesAnotherResourceInATest) {
  DefinitionsBuilder defs;
  defs.resource<Probe>("probe",
                       []() -> Result<Probe> { return make_error(ErrorCode::Io, "no such file"); });
  defs.job("uses", [&](GraphBuilder& g) {
    g.op("use", [](Resource<Probe> probe) { return probe->name; });
  });
  const auto fake = testing::replace_resource(must(defs.build()), "probe", Probe(nullptr, "fake"));
  EXPECT_EQ(run_job(fake, "uses")->value<std::string>("use"), "fake");
}

TEST(ExecuteRun, KeepsReservationsWithinTheBudget) {
  DefinitionsBuilder defs;
  static std::atomic<int> now, most;
  now = most = 0;
  defs.job("hungry", [&](GraphBuilder& g) {
    const NodeOptions hundred{.memory = [](std::span<const Value>) { return 100u; }};
    g.op<numbers>().with(hundred).map("eat", [](OpContext&, const int&) {
      const int eating = ++now;
      for (int seen = most; eating > seen && !most.compare_exchange_weak(seen, eating);) {
      }
      std::this_thread::yield();
      --now;
    });
  });
  const auto definitions = must(defs.build());
  auto run = run_job(definitions, "hungry", "ops: {numbers: {config: {count: 200}}}",
                     {ExecutorKind::Threads, 8, 350});
  EXPECT_TRUE(run->succeeded());
  EXPECT_LE(most, 3);
  auto refused = run_job(definitions, "hungry", "", {ExecutorKind::Threads, 8, 50});
  EXPECT_EQ(refused->report.status, RunStatus::Failure);
  EXPECT_EQ(refused->all<StepFailure>().at(0).error.message,
            "needs 100 B of memory and the run may use 50 B; raise --memory");
}

TEST(ExecuteRun, RefusesMoreSlotsThanThereAreButNotInline) {
  DefinitionsBuilder defs;
  defs.job("wide", [&](GraphBuilder& g) { g.with({.cpu = 3}).op<seven>(); });
  const auto definitions = must(defs.build());
  EXPECT_EQ(run_job(definitions, "wide", "", {ExecutorKind::Threads, 2})->report.error.message,
            "needs 3 slots at once and the run has 2; raise --jobs");
  EXPECT_TRUE(run_job(definitions, "wide", "", {ExecutorKind::Threads, 3})->succeeded());
  EXPECT_TRUE(run_job(definitions, "wide")->succeeded());
}

TEST_P(EveryExecutor, RefusesAssetKeysThatAreNone) {
  for (const auto* key : {"", "..", "a//b", "a\nb"}) {
    DefinitionsBuilder defs;
    defs.job("job", [key](GraphBuilder& g) {
      g.op("make", [key](OpContext& op) { op.record(Materialization{.asset = key}); });
      g.op("check",
           [key](OpContext& op) { op.record(CheckResult{.asset = key, .check = "rows"}); });
      g.op("fine", [](OpContext& op) { op.record(Materialization{.asset = "a/b"}); });
    });
    const auto run = run_job(must(defs.build()), "job", "", on(1)).value();
    EXPECT_EQ(run.report.failed_steps, (std::vector<std::string>{"make", "check"}));
    EXPECT_EQ(run.all<AssetMaterialization>().size(), 1u);
    EXPECT_TRUE(run.all<AssetCheckEvaluation>().empty());
    const auto told = run.report.error.to_string();
    EXPECT_TRUE(told.starts_with("step make: record() names the asset ")) << told;
    EXPECT_TRUE(told.ends_with("; an asset key is one or more parts, joined by \"/\"")) << told;
  }
}

TEST_P(EveryExecutor, KeepsTheFactsOfEveryKindOfStep) {
  DefinitionsBuilder defs;
  defs.job("facts", [&](GraphBuilder& g) {
    g.op("none", [](OpContext& op) { op.add_metadata("a", 1); });
    g.op("many", [](OpContext& op) {
      op.add_metadata("b", 2);
      return Dynamic<int>();
    });
    g.op("bad", [](OpContext& op) -> Status {
      op.add_metadata("c", 3);
      return make_error(ErrorCode::UserFailure, "no");
    });
  });
  auto run = run_job(must(defs.build()), "facts", "", on(1));
  EXPECT_EQ(run->all<StepOutput>().at(0).metadata, (Metadata{{"a", 1}}));
  EXPECT_EQ(run->all<DynamicComplete>().at(0).metadata, (Metadata{{"b", 2}}));
  EXPECT_EQ(run->all<StepFailure>().at(0).metadata, (Metadata{{"c", 3}}));
}

TEST(ExecuteRun, CancelsWhenAsked) {
  std::vector<std::stop_source> stops(2);
  std::size_t at = 0;
  DefinitionsBuilder defs;
  defs.job("long", [&](GraphBuilder& g) {
    auto first = g.op("first", [&](OpContext& op) -> Result<int> {
      stops[at].request_stop();
      return op.canceled() ? Result<int>(make_error(ErrorCode::Canceled, "stopped"))
                           : Result<int>(1);
    });
    g.op<twice>(first);
  });
  for (const auto kind : {ExecutorKind::Inline, ExecutorKind::Threads}) {
    auto run = run_job(must(defs.build()), "long", "", {kind, 2, 0, stops[at].get_token()});
    ++at;
    EXPECT_EQ(run->report.status, RunStatus::Canceled);
    EXPECT_EQ(run->events_of({"STEP_CANCELED", "RUN_CANCELING", "RUN_CANCELED"}),
              (std::vector<std::string>{"RUN_CANCELING", "STEP_CANCELED first",
                                        "STEP_CANCELED twice", "RUN_CANCELED"}));
  }
}

/// A number that the processes of a run share.
struct SharedCount {
  SharedCount()
      : at(new(::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<int>(0)) {}
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;
  ~SharedCount() { ::munmap(at, sizeof *at); }
  std::atomic<int>* at;
};

TEST(ExecuteRun, StreamsItemsWhileTheirOpRuns) {
  DefinitionsBuilder defs;
  const SharedCount count;
  auto* seen = count.at;
  defs.job("stream", [&](GraphBuilder& g) {
    g.op("source", [seen](OpContext& op) {
       Dynamic<int> items(op);
       items.yield("first", 1);
       while (*seen == 0) std::this_thread::yield();  // the item is worked on before this op ends
       items.yield("second", 2);
       return items;
     }).map("sink", [seen](const int&) { ++*seen; });
  });
  for (const auto kind : {ExecutorKind::Threads, ExecutorKind::Processes}) {
    *seen = 0;
    auto run = run_job(must(defs.build()), "stream", "", {kind, 2});
    EXPECT_TRUE(run->succeeded());
    EXPECT_EQ(*seen, 2);
  }
}

}  // namespace
}  // namespace penstock

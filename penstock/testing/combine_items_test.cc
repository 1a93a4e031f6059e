// What is declared with collect(), reduce(), zip() and product(), run to its end.
#include <gtest/gtest.h>

#include <numeric>

#include "penstock/model/definitions_builder.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

Dynamic<int> letters() {
  Dynamic<int> all;
  for (int i = 0; i < 5; ++i) all.yield(std::string(1, char('a' + i)), i);
  return all;
}
Dynamic<std::string> names() {
  Dynamic<std::string> all;
  for (int i = 4; i >= 0; --i) all.yield(std::string(1, char('a' + i)), std::to_string(i * 10));
  return all;
}
Result<int> no_three(const int& n) {
  if (n == 3) return Failure("three", {}, false);
  return n;
}
std::string both(const int& n, const std::string& text) { return std::to_string(n) + ":" + text; }
std::string all_of(const std::vector<std::string>& texts) {
  return std::accumulate(texts.begin(), texts.end(), std::string());
}
std::string append(const std::string& left, const std::string& right) { return left + right; }
int count(const std::vector<std::tuple<int, std::string>>& pairs) { return int(pairs.size()); }

template <class F>
testing::TestRun run(F body, testing::TestOptions options = {}) {
  DefinitionsBuilder defs;
  defs.job("job", body);
  auto made = defs.build();
  PENSTOCK_CHECK(made.ok(), made.ok() ? "" : made.error().to_string());
  return *testing::run_job(*made, "job", "", options);
}

TEST(CombineItems, ZipsByKeyInTheOrderOfTheFirstSide) {
  const auto done = run([](GraphBuilder& g) {
    auto pairs = g.zip(g.op<letters>(), g.op<names>());
    g.op<all_of>(pairs.map<both>().collect());
    g.op<count>(pairs.collect());
  });
  EXPECT_TRUE(done.succeeded());
  EXPECT_EQ(done.value<std::string>("all_of"), "0:01:102:203:304:40");
  EXPECT_EQ(done.value<int>("count"), 5);
}

TEST(CombineItems, CrossesEveryItemWithEvery) {
  const auto done = run([](GraphBuilder& g) {
    g.op<count>(g.product(g.op<letters>(), g.op<names>()).collect());
    g.product(g.with({.alias = "more"}).op<letters>(), g.with({.alias = "others"}).op<names>())
        .map<both>();
  });
  EXPECT_TRUE(done.succeeded());
  EXPECT_EQ(done.value<int>("count"), 25);
  EXPECT_EQ(done.value<std::string>("both[b,c]"), "1:20");
}

TEST(CombineItems, DropsWhatFailedAndReducesTheRestInOrder) {
  for (const auto executor :
       {ExecutorKind::Inline, ExecutorKind::Threads, ExecutorKind::Processes}) {
    const auto done = run(
        [](GraphBuilder& g) {
          auto texts = g.op<letters>().map<no_three>().map(
              "text", [](const int& n) { return std::to_string(n); });
          texts.reduce<append>({.fan_in = 2, .drop_failed = 1});
          texts.reduce<all_of>({.fan_in = 3, .drop_failed = 1});
        },
        {.executor = executor, .jobs = 3});
    EXPECT_TRUE(done.succeeded()) << done.report.error.to_string();
    EXPECT_EQ(done.value<std::string>("append"), "0124");
    EXPECT_EQ(done.value<std::string>("all_of"), "0124");
    EXPECT_EQ(done.all<ItemsDropped>().at(0).keys, std::vector<std::string>{"d"});
    EXPECT_EQ(done.all<RunSuccess>().at(0).dropped, 1);
  }
}

TEST(CombineItems, HoldUpTheOpThatYieldsWithoutStandingStill) {
  for (const auto jobs : {1, 3}) {
    const auto done = run(
        [](GraphBuilder& g) {
          auto items = g.with({.max_in_flight = 2}).op("list", [](OpContext& op) {
            Dynamic<int> all(op);
            for (int i = 0; i < 200; ++i) all.yield(std::to_string(i), i);
            return all;
          });
          g.op(
              "size", [](const std::vector<int>& all) { return int(all.size()); },
              items.map<no_three>().collect({.drop_failed = 1}));
        },
        {.executor = ExecutorKind::Threads, .jobs = jobs});
    EXPECT_TRUE(done.succeeded()) << done.report.error.to_string();
    EXPECT_EQ(done.value<int>("size"), 199);
    EXPECT_TRUE(done.all<EngineEvent>().empty());
    std::int64_t yielded = 0, ended = 0, most = 0;
    for (const auto& event : done.events) {
      yielded += event.step == "list" && event.body.is<StepOutput>();
      ended += event.step.starts_with("no_three") && event.body.is<StepSuccess, StepFailure>();
      most = std::max(most, yielded - ended);
    }
    EXPECT_LE(most, 2);
    EXPECT_GE(most, jobs == 1 ? 2 : 1) << "the op that yields has the only slot until it waits";
  }
}

}  // namespace
}  // namespace penstock

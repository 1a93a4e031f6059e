#include "penstock/plan/run_plan.h"

#include <gtest/gtest.h>

#include "penstock/model/config_document.h"
#include "penstock/model/definitions_builder.h"

namespace penstock {
namespace {

struct Limit {
  int limit = 5;
  static void describe(ConfigSchema<Limit>& s) { s.field("limit", &Limit::limit).range(1, 100); }
};

Dynamic<int> numbers() { return {}; }
int twice(const int& n) { return n; }
int limited(const Limit&, const int& n) { return n; }
int sum(const std::vector<int>&) { return 0; }
int plus(const int& a, const std::vector<int>&) { return a; }

Result<RunPlan> plan(DefinitionsBuilder& defs, std::string_view config = "") {
  const auto definitions = PENSTOCK_TRY(defs.build());
  RunRequest request;
  request.job = "job";
  request.config = parse_config(config, "job.yaml").value;
  return plan_run(definitions, request);
}

std::vector<std::string> paths(const RunPlan& plan) {
  std::vector<std::string> all;
  for (const auto& step : plan.steps) all.push_back(step.path);
  return all;
}

TEST(PlanRun, FlattensGraphsIntoScopes) {
  DefinitionsBuilder defs;
  auto inner = defs.graph("inner", [](GraphBuilder& g, Ref<int> n) { return g.op<twice>(n); });
  auto outer = defs.graph(
      "outer", [&](GraphBuilder& g, Ref<int> n) { return g.op<limited>(g.graph(inner, n)); });
  defs.job("job", [&](GraphBuilder& g) { g.op<sum>(g.op<numbers>().map(outer).collect()); });
  const auto planned = *plan(defs);
  EXPECT_EQ(paths(planned),
            (std::vector<std::string>{"numbers", "outer.inner.twice", "outer.limited", "sum"}));
  EXPECT_EQ(planned.steps[1].scope, 1u);
  EXPECT_EQ(planned.steps[2].scope, 1u);
  EXPECT_EQ(planned.steps[3].scope, 0u);
  EXPECT_EQ(planned.steps[3].depth, 3u);
  EXPECT_EQ(planned.steps[2].readers[0],
            (std::vector<PlannedReader>{{3, PlannedReader::Kind::Collect}}));
}

TEST(PlanRun, GathersOnceForReadersInsideAnotherMap) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    const auto items = g.op<numbers>();
    items.map<plus>(items.map<twice>().collect());
  });
  const auto planned = *plan(defs);
  EXPECT_EQ(paths(planned),
            (std::vector<std::string>{"numbers", "twice", "twice_collect", "plus"}));
  EXPECT_EQ(planned.steps[2].scope, 0u);
}

TEST(PlanRun, GivesEveryOpItsConfig) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    const auto items = g.op<numbers>();
    items.map<limited>();
    items.with({.alias = "other"}).map<limited>();
    items.with({.alias = "fixed", .config = ConfigValue::map({{"limit", 7}})}).map<limited>();
  });
  const auto planned = *plan(defs, "ops: {other: {config: {limit: 9}}}");
  const auto limit = [&](std::size_t i) {
    return static_cast<const Limit*>(planned.steps[i].config.get())->limit;
  };
  EXPECT_EQ(limit(1), 5);
  EXPECT_EQ(limit(2), 9);
  EXPECT_EQ(limit(3), 7);
}

TEST(PlanRun, ReportsAllMistakesOfADocumentWithTheirPlaces) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) { g.op<numbers>().map<limited>(); });
  const auto planned = plan(defs, "ops:\n  limited: {config: {limit: 900}}\n  limitd: {}\n");
  ASSERT_FALSE(planned.ok());
  EXPECT_EQ(planned.error().code, ErrorCode::Config);
  EXPECT_NE(planned.error().message.find("job.yaml:2:29: ops.limited.config.limit"),
            std::string::npos)
      << planned.error().message;
  EXPECT_NE(planned.error().message.find("job.yaml:3:3: ops.limitd"), std::string::npos)
      << planned.error().message;
}

TEST(PlanRun, ChecksWhatMappingsGive) {
  const auto define = [](DefinitionsBuilder& defs, const char* path) {
    auto graph = defs.graph("graph", [](GraphBuilder& g, Ref<int> n) { return g.op<limited>(n); })
                     .config<Limit>(
                         [path](const Limit& outer, InnerConfig& inner) { inner.op(path, outer); });
    defs.job("job", [&](GraphBuilder& g) { g.op<numbers>().map(graph); });
  };
  DefinitionsBuilder good, bad;
  define(good, "limited");
  define(bad, "limitd");
  const auto planned = plan(good, "ops: {graph: {config: {limit: 3}}}");
  ASSERT_TRUE(planned.ok()) << planned.error().to_string();
  EXPECT_EQ(static_cast<const Limit*>(planned->steps[1].config.get())->limit, 3);
  const auto text = plan(bad).error().to_string();
  EXPECT_NE(text.find("the config mapping of graph \"graph\" gives a wrong document"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("limitd"), std::string::npos) << text;
}

TEST(PlanRun, LetsAnOpRefuseTheRetriesOfItsJob) {
  DefinitionsBuilder defs;
  defs.op<twice>().retry({.max_retries = 0});
  defs.job("job",
           [](GraphBuilder& g) {
             const auto items = g.op<numbers>();
             items.map<twice>();
             items.map<limited>();
           })
      .retry({.max_retries = 4});
  const auto planned = *plan(defs);
  EXPECT_EQ(planned.steps[1].retry.max_retries, 0);
  EXPECT_EQ(planned.steps[2].retry.max_retries, 4);
}

}  // namespace
}  // namespace penstock

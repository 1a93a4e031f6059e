// Pools: what steps take at once, who waits, and that nobody waits for ever.
#include <gtest/gtest.h>

#include <map>

#include "penstock/model/definitions_builder.h"
#include "penstock/run/reactor.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using Texts = std::vector<std::string>;
struct Database {};

/// Drives a reactor by hand: every step of a plan is ready at once, and ends when the test says so.
class Pools : public ::testing::Test {
 protected:
  void start(DefinitionsBuilder& defs, std::int32_t slots, PoolAmounts limits = {}) {
    auto definitions = defs.build();
    ASSERT_TRUE(definitions.ok()) << definitions.error().message;
    auto planned = plan_run(*definitions, {.job = "job", .pools = std::move(limits)});
    ASSERT_TRUE(planned.ok()) << planned.error().message;
    plan_ = std::move(*planned);
    reactor_.emplace(plan_, RunId::make(Time()), RunLimits{.admission = {.slots = slots}});
    Actions actions;
    reactor_->start({}, actions);
    take(actions);
  }
  void end(const std::string& step) {
    const auto task = tasks_.at(step);
    StepResult result;
    result.outputs = {Value::make(Nothing{})};
    result.metadata.resize(1);
    Actions actions;
    reactor_->on_ended(task.ref, task.attempt, std::move(result), {}, actions);
    std::erase(running, step);
    take(actions);
  }
  void take(Actions& actions) {
    for (const auto& event : actions.events)
      if (const auto* body = event.body.get_if<StepBlocked>()) blocked[event.step].push_back(*body);
    for (auto& task : actions.start) {
      running.push_back(task.key);
      tasks_[task.key] = std::move(task);
    }
  }

  Texts running;
  std::map<std::string, std::vector<StepBlocked>> blocked;
  RunPlan plan_;
  std::optional<Reactor> reactor_;
  std::map<std::string, StepTask> tasks_;
};

void add(GraphBuilder& g, const std::string& name, PoolAmounts pools) {
  g.with({.pools = std::move(pools)}).op(name, [] {});
}

TEST_F(Pools, StepsTakeTheirAmountsAndOthersPassByThoseThatWait) {
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) {
             add(g, "a", {{"db", 2}});
             add(g, "b", {{"db", 2}});
             add(g, "c", {});
             add(g, "d", {{"net", 1}});
           })
      .pool("db", 3);
  start(defs, 8);
  EXPECT_EQ(running, (Texts{"a", "c", "d"}));
  end("a");
  EXPECT_EQ(running, (Texts{"c", "d", "b"}));
}

TEST_F(Pools, WhoWantsMuchIsNotStarvedByThoseThatWantLittle) {
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) {
             add(g, "a", {{"db", 2}});
             add(g, "large", {{"db", 3}});
             for (const std::string name : {"s1", "s2", "s3"}) add(g, name, {{"db", 1}});
           })
      .pool("db", 3);
  start(defs, 8);
  EXPECT_EQ(running, (Texts{"a"}));
  end("a");
  EXPECT_EQ(running, (Texts{"large"}));
  end("large");
  EXPECT_EQ(running, (Texts{"s1", "s2", "s3"}));
}

TEST_F(Pools, TheFirstThatWaitsIsToldWhoHoldsWhat) {
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) {
             add(g, "a", {{"db", 1}});
             add(g, "b", {{"db", 2}, {"net", 1}});
             add(g, "c", {{"db", 2}});
             add(g, "d", {{"db", 1}});
             add(g, "e", {{"net", 1}});
           })
      .pool("db", 4)
      .pool("net", 1);
  start(defs, 8);
  EXPECT_EQ(running, (Texts{"a", "b"}));
  ASSERT_EQ(blocked["c"].size(), 1u);
  const auto& c = blocked["c"][0];
  EXPECT_EQ(c.reason, "pool");
  EXPECT_EQ(c.pool, "db");
  EXPECT_EQ(c.wanted, 2);
  EXPECT_EQ(c.free, 1);
  EXPECT_EQ(c.holders, (Texts{"b", "a"})) << "who has most comes first";
  ASSERT_EQ(blocked["e"].size(), 1u);
  EXPECT_EQ(blocked["e"][0].holders, (Texts{"b"}));
  EXPECT_TRUE(blocked["d"].empty()) << "it is not the first that waits for the pool";
  end("a");
  EXPECT_EQ(running, (Texts{"b", "c"}));
  EXPECT_EQ(blocked["d"].at(0).holders, (Texts{"b", "c"}));
  EXPECT_EQ(blocked["c"].size(), 1u) << "told once";
}

TEST_F(Pools, ThousandsThatWaitForAPoolKeepNoSlotFromOthers) {
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) {
             for (int i = 0; i < 1000; ++i) add(g, "db" + std::to_string(i), {{"db", 1}});
             for (int i = 0; i < 3; ++i) add(g, "cpu" + std::to_string(i), {});
           })
      .pool("db", 1);
  start(defs, 4);
  EXPECT_EQ(running, (Texts{"db0", "cpu0", "cpu1", "cpu2"}));
  for (int i = 0; i < 1000; ++i) end("db" + std::to_string(i));
  for (int i = 0; i < 3; ++i) end("cpu" + std::to_string(i));
  EXPECT_TRUE(reactor_->finished());
  EXPECT_EQ(reactor_->counts().succeeded, 1003);
}

TEST_F(Pools, AllOfAStepIsTakenAtOnce) {
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) {
             add(g, "ab", {{"a", 1}, {"b", 1}});
             add(g, "ba", {{"a", 1}, {"b", 1}});
             add(g, "b", {{"b", 1}});
           })
      .pool("a", 1)
      .pool("b", 2);
  start(defs, 8);
  EXPECT_EQ(running, (Texts{"ab", "b"})) << "ba holds no b while it waits for a";
  end("ab");
  EXPECT_EQ(running, (Texts{"b", "ba"}));
}

TEST_F(Pools, TokensOfAResourceAreAPoolOfItsName) {
  DefinitionsBuilder defs;
  defs.resource<Database>("warehouse", [] { return Database(); }).tokens(3);
  defs.job("job", [](GraphBuilder& g) {
    const auto use = [](Resource<Database>) {};
    g.with({.pools = {{"warehouse", 2}}}).op("heavy", use);
    for (const std::string name : {"u1", "u2"}) g.op(name, use);
  });
  start(defs, 8);
  EXPECT_EQ(running, (Texts{"heavy", "u1"}));
  start(defs, 8, {{"warehouse", 2}});
  EXPECT_EQ(plan_.pools.at(0).limit, 2);
}

TEST_F(Pools, AnExclusiveResourceIsUsedByOneStepAtATimeAlsoInsideAnother) {
  struct Reader {};
  DefinitionsBuilder defs;
  defs.resource<Database>("file", [] { return Database(); }).exclusive();
  defs.resource<Reader>("reader", [](Resource<Database>) { return Reader(); });
  defs.job("job", [](GraphBuilder& g) {
    g.op("direct", [](Resource<Database>) {});
    g.op("inside", [](Resource<Reader>) {});
    g.op("other", [] {});
  });
  start(defs, 8);
  EXPECT_EQ(running, (Texts{"direct", "other"}));
  EXPECT_TRUE(plan_.pools.at(0).per_worker);
  end("direct");
  EXPECT_EQ(running, (Texts{"other", "inside"}));
}

TEST(PlanPools, RefusesWhatCouldNeverRunAndUnknownPools) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) { add(g, "load", {{"db", 3}}); }).pool("db", 4);
  const auto definitions = *defs.build();
  const auto refused = [&](PoolAmounts pools) {
    return plan_run(definitions, {.job = "job", .pools = std::move(pools)}).error().message;
  };
  EXPECT_EQ(refused({{"db", 2}}),
            "step load takes 3 of pool \"db\", which has 2: it could never run; raise the limit, "
            "such as with --pool db=3");
  EXPECT_EQ(refused({{"dbb", 2}}),
            "no step of the job takes from a pool \"dbb\"; did you mean \"db\"?");
  EXPECT_EQ(refused({{"network", 2}}),
            "no step of the job takes from a pool \"network\"; there are: db");
  EXPECT_EQ(refused({{"db", 0}}), "the limit 0 of pool \"db\" is not at least 1");
}

TEST(PlanPools, DefinitionsNameLimitsThatLimitNothing) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) { add(g, "load", {{"db", 1}}); }).pool("bd", 2);
  EXPECT_NE(defs.build().error().message.find(
                "job \"job\" limits the pool \"bd\", of which no step takes anything; there are: "
                "db"),
            std::string::npos);
}

}  // namespace
}  // namespace penstock

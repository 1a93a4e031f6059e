// What steps take at once: pools, slots and memory. What fits starts, and no step waits for ever.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
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
  void start(DefinitionsBuilder& defs, std::int32_t slots, PoolAmounts limits = {},
             std::uint64_t memory = 0) {
    auto definitions = defs.build();
    ASSERT_TRUE(definitions.ok()) << definitions.error().message;
    auto planned = plan_run(*definitions, {.job = "job", .pools = std::move(limits)});
    ASSERT_TRUE(planned.ok()) << planned.error().message;
    plan_ = std::move(*planned);
    reactor_.emplace(plan_, RunId::make(Time()),
                     RunLimits{.admission = {.slots = slots, .memory = memory}});
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
  /// How many of the steps that run have such a name.
  std::int64_t count(const std::string& name) const {
    return std::ranges::count_if(running,
                                 [&](const std::string& key) { return key.starts_with(name); });
  }
  bool runs(const std::string& step) const {
    return std::ranges::find(running, step) != running.end();
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

TEST_F(Pools, AStepThatLacksOnePoolKeepsNoOtherFromStarting) {
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) {
             add(g, "has_a", {{"a", 1}});
             add(g, "has_b", {{"b", 1}});
             add(g, "x", {{"a", 1}, {"b", 1}});
             for (int i = 0; i < 100; ++i) add(g, fmt::format("y{:02}", i), {{"a", 1}});
           })
      .pool("a", 1)
      .pool("b", 1);
  start(defs, 8);
  EXPECT_EQ(running, (Texts{"has_a", "has_b"}));
  end("has_a");
  for (int i = 0; i < 60; ++i) {  // x cannot start, however many overtake it
    ASSERT_EQ(running, (Texts{"has_b", fmt::format("y{:02}", i)}));
    end(running[1]);
  }
  end("has_b");
  EXPECT_EQ(running, (Texts{"y60"}));
  end("y60");
  EXPECT_EQ(running, (Texts{"x"}));
}

TEST_F(Pools, SlotsAndMemoryOfAStepThatLacksAPoolAreFree) {
  const auto bytes = [](std::uint64_t count) {
    return [count](std::span<const Value>) { return count; };
  };
  DefinitionsBuilder defs;
  defs.job("job",
           [&](GraphBuilder& g) {
             add(g, "has_a", {{"a", 1}});
             g.with({.cpu = 3, .memory = bytes(90), .pools = {{"a", 1}}}).op("x", [] {});
             for (int i = 0; i < 40; ++i) add(g, "a" + std::to_string(i), {{"a", 1}});
             for (int i = 0; i < 100; ++i)
               g.with({.memory = bytes(50)}).op("m" + std::to_string(i), [] {});
           })
      .pool("a", 1);
  start(defs, 4, {}, 100);
  for (int i = 0; i < 90; ++i) {
    ASSERT_EQ(count("m"), 2) << "x lacks the pool: memory and slots are of no use to it";
    end(running.back());
  }
  EXPECT_TRUE(runs("has_a"));
  end("has_a");
  while (!runs("x")) {
    ASSERT_LT(running.size(), 4u);
    ASSERT_FALSE(running.empty());
    end(running.front());
  }
}

TEST_F(Pools, OnlyWhatItIsShortOfIsKeptForAStepThatWasOvertakenOften) {
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) {
             add(g, "first", {{"db", 2}});
             add(g, "large", {{"db", 3}});
             for (int i = 0; i < 100; ++i) add(g, "small" + std::to_string(i), {{"db", 1}});
             for (int i = 0; i < 100; ++i) add(g, "other" + std::to_string(i), {{"net", 1}});
           })
      .pool("db", 3)
      .pool("net", 2);
  start(defs, 8);
  EXPECT_EQ(running, (Texts{"first", "small0", "other0", "other1"}));
  end("first");
  std::int64_t overtaken = 0;
  while (!runs("large") && overtaken < 100) {
    ASSERT_EQ(count("other"), 2) << "they take nothing that it lacks";
    for (const auto& key : Texts(running))
      if (key.starts_with("other")) end(key);
    const auto small = std::ranges::find_if(running, [](const auto& key) {
      return key.starts_with("small");
    });
    ASSERT_NE(small, running.end());
    end(*small);
    ++overtaken;
  }
  EXPECT_TRUE(runs("large"));
  EXPECT_EQ(overtaken, 32) << "so many overtake it, then it is its turn";
  EXPECT_EQ(count("small"), 0);
}

TEST_F(Pools, StepsThatHoldTwoPoolsInTurnsStarveNoStepThatNeedsBoth) {
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) {
             add(g, "a_first", {{"a", 1}});
             add(g, "b_first", {{"b", 1}});
             add(g, "both", {{"a", 1}, {"b", 1}});
             for (int i = 0; i < 100; ++i) add(g, "a" + std::to_string(i), {{"a", 1}});
             for (int i = 0; i < 100; ++i) add(g, "b" + std::to_string(i), {{"b", 1}});
           })
      .pool("a", 1)
      .pool("b", 1);
  start(defs, 8);
  int ended = 0;
  while (!runs("both") && ended < 200) {
    end(running.front());  // so that the two are never free at the same time
    ++ended;
  }
  EXPECT_TRUE(runs("both"));
  EXPECT_LE(ended, 40);
}

TEST_F(Pools, AStepThatFitsStartsHoweverManyBeforeItDoNot) {
  DefinitionsBuilder defs;
  const auto bytes = [](std::uint64_t count) {
    return [count](std::span<const Value>) { return count; };
  };
  defs.job("job", [&](GraphBuilder& g) {
    g.with({.priority = 3, .memory = bytes(60)}).op("first", [] {});
    for (std::uint64_t i = 0; i < 500; ++i)
      g.with({.priority = 2, .memory = bytes(50 + i % 40)}).op("large" + std::to_string(i), [] {});
    for (std::uint64_t i = 0; i < 500; ++i)
      g.with({.priority = 1, .cpu = 3}).op("wide" + std::to_string(i), [] {});
    g.with({.memory = bytes(40)}).op("small", [] {});
  });
  start(defs, 3, {}, 100);
  EXPECT_EQ(running, (Texts{"first", "small"}));
}

TEST_F(Pools, ManyOvertakeAStepWhileALongOneHoldsWhatItLacks) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    g.with({.priority = 3, .cpu = 3}).op("long", [] {});
    g.with({.priority = 2, .cpu = 2}).op("wide", [] {});
    for (int i = 0; i < 100; ++i) g.op(fmt::format("small{:02}", i), [] {});
  });
  start(defs, 4);
  for (int i = 0; i < 60; ++i) {
    ASSERT_EQ(running, (Texts{"long", fmt::format("small{:02}", i)}));
    end(running[1]);
  }
  end("long");
  EXPECT_TRUE(runs("wide"));
  EXPECT_EQ(running.size(), 3u);
}

TEST_F(Pools, ACanceledRunLeavesNoReadyStepBehind) {
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) {
             for (const std::string name : {"a", "b", "c"}) add(g, name, {{"db", 1}});
           })
      .pool("db", 1);
  start(defs, 8);
  Actions actions;
  reactor_->on_cancel("a test", Moment(), actions);
  take(actions);
  int waiting = 0;
  reactor_->admission().each_waiting([&](const ReadyStep&) { ++waiting; });
  EXPECT_EQ(waiting, 0);
  EXPECT_EQ(reactor_->counts().canceled, 2) << "at once, not when the last step has stopped";
  end("a");
  EXPECT_TRUE(reactor_->finished());
  EXPECT_EQ(reactor_->status(), RunStatus::Canceled);
  EXPECT_EQ(reactor_->counts().succeeded, 1);
  EXPECT_EQ(reactor_->counts().canceled, 2);
  EXPECT_EQ(reactor_->interrupted(), 0);
}

TEST_F(Pools, TheFirstThatWaitsIsToldWhoHoldsWhat) {
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) {
             add(g, "a", {{"db", 1}});
             add(g, "b", {{"db", 2}, {"net", 1}});
             add(g, "c", {{"db", 2}});
             add(g, "d", {{"db", 2}});
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

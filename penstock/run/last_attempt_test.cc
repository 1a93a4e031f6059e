// The items of a dynamic output are those of the last attempt, in its order: in the run itself,
// when it is resumed, and when it is executed again.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "penstock/base/text.h"
#include "penstock/model/definitions_builder.h"
#include "penstock/plan/plan_reexecution.h"
#include "penstock/testing/memory_values.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using Keys = std::vector<std::string>;

/// What the attempts of the producer give: all but the last fail after that.
struct Attempts {
  const char* name;
  std::vector<Keys> keys;
};

std::vector<Keys> attempts_of_list;
std::atomic<bool> is_broken = false;

Result<Dynamic<std::string>> list(OpContext& op) {
  Dynamic<std::string> items(op);
  const auto attempt = std::size_t(op.facts().attempt);
  for (const auto& key : attempts_of_list.at(attempt)) items.yield(key, key);
  if (attempt + 1 < attempts_of_list.size()) return Failure("it broke");
  return items;
}
std::string shout(const std::string& text) { return text + "!"; }
Result<std::string> all_of(const std::vector<std::string>& texts) {
  if (is_broken) return Failure("no paper", {}, false);
  return join(texts, " ");
}
Result<std::string> both(const std::string& left, const std::string& right) {
  if (is_broken) return Failure("no paper", {}, false);
  return left + " " + right;
}

Result<std::string> reduced(const std::string& left, const std::string& right) {
  return both(left, right);
}

Definitions job() {
  DefinitionsBuilder defs;
  defs.op<list>().retry({.max_retries = 5});
  defs.job("etl", [](GraphBuilder& g) {
    auto items = g.op<list>();
    auto loud = items.map<shout>();
    g.with({.alias = "items"}).op<all_of>(items.collect());
    g.with({.alias = "mapped"}).op<all_of>(loud.collect());
    loud.reduce<reduced>({.fan_in = 2});
    g.with({.alias = "zipped"}).op<all_of>(g.zip(items, loud).map<both>().collect());
  });
  return defs.build().value();
}

/// What the steps give that gather all items, given the keys of the last attempt.
void expect_order(const testing::TestRun& run, const Keys& keys) {
  ASSERT_EQ(run.report.status, RunStatus::Success) << run.report.error.to_string();
  std::vector<std::string> loud, pairs;
  for (const auto& key : keys) loud.push_back(key + "!"), pairs.push_back(key + " " + key + "!");
  EXPECT_EQ(run.value<std::string>("items"), join(keys, " "));
  EXPECT_EQ(run.value<std::string>("mapped"), join(loud, " "));
  if (!keys.empty()) {
    EXPECT_EQ(run.value<std::string>("reduced"), join(loud, " "));
  }
  EXPECT_EQ(run.value<std::string>("zipped"), join(pairs, " "));
}

class LastAttempt : public ::testing::TestWithParam<Attempts> {
 protected:
  void SetUp() override {
    attempts_of_list = GetParam().keys;
    is_broken = false;
  }

  testing::TestRun run_first(ExecutorKind executor = ExecutorKind::Inline) {
    const testing::TestOptions options{
        .executor = executor, .jobs = 2, .keep = Keep::All, .values = &values_};
    return testing::run_job(definitions_, "etl", "", options).value();
  }
  KnownRun known(const std::vector<Event>& events) {
    history_ = {};
    for (const auto& event : events) history_.apply(event);
    return {history_, [&](const StoredValue& stored, const ValueType& type) {
              return values_.has(stored, type);
            }};
  }
  testing::TestRun run_plan(const RunPlan& plan) {
    return testing::run_plan(plan, {.jobs = 2, .values = &values_}).value();
  }

  const Definitions definitions_ = job();
  testing::MemoryValues values_;
  RunHistory history_;
};

TEST_P(LastAttempt, InTheRunItself) {
  for (const auto executor :
       {ExecutorKind::Inline, ExecutorKind::Threads, ExecutorKind::Processes})
    expect_order(run_first(executor), GetParam().keys.back());
}

TEST_P(LastAttempt, InAReexecution) {
  is_broken = true;
  const auto first = run_first();
  ASSERT_EQ(first.report.status, RunStatus::Failure);
  is_broken = false;
  attempts_of_list = {};  // it must not run again
  const auto plan = plan_reexecution(definitions_, {{.job = "etl"}}, known(first.events)).value();
  EXPECT_TRUE(plan.notices.empty());
  expect_order(run_plan(plan.plan), GetParam().keys.back());
}

TEST_P(LastAttempt, InAResumedRun) {
  auto events = run_first().events;
  const auto is_end_of_list = [](const Event& event) {
    return event.step == "list" && event.body.is<StepSuccess>();
  };
  const auto end = std::ranges::find_if(events, is_end_of_list);
  ASSERT_NE(end, events.end());
  events.erase(end + 1, events.end());
  attempts_of_list = {};
  expect_order(
      run_plan(plan_resumption(definitions_, {.job = "etl"}, known(events)).value()),
      GetParam().keys.back());
}

TEST_P(LastAttempt, InARunThatIsResumedInsideTheLastAttempt) {
  auto events = run_first().events;
  const auto last = std::int32_t(GetParam().keys.size()) - 1;
  const auto is_complete = [](const Event& event) { return event.body.is<DynamicComplete>(); };
  events.erase(std::ranges::find_if(events, is_complete), events.end());
  attempts_of_list.push_back(GetParam().keys.back());  // the attempt of the other process
  auto again = run_plan(plan_resumption(definitions_, {.job = "etl"}, known(events)).value());
  expect_order(again, GetParam().keys.back());
  const auto& complete = std::ranges::find_if(again.events, is_complete);
  EXPECT_EQ(complete->attempt, last + 1);
}

/// Logs of earlier versions do not tell that the order changed; but the manifest does not fit then.
TEST_P(LastAttempt, IsNotGuessed) {
  is_broken = true;
  auto events = run_first().events;
  bool has_changed = false;
  for (auto& event : events)
    if (const auto* changed = event.body.get_if<DynamicChanged>();
        changed != nullptr && !changed->order.empty()) {
      has_changed = true;
      event.body = DynamicChanged{changed->output, changed->added, changed->discarded};
    }
  if (!has_changed) return;
  is_broken = false;
  attempts_of_list = {GetParam().keys.back()};
  const auto plan = plan_reexecution(definitions_, {{.job = "etl"}}, known(events)).value();
  ASSERT_EQ(plan.notices.size(), 1u);
  EXPECT_NE(plan.notices[0].find("list: the log does not have its items as it gave them, and "),
            std::string::npos)
      << plan.notices[0];
  expect_order(run_plan(plan.plan), GetParam().keys.back());
}

INSTANTIATE_TEST_SUITE_P(
    Run, LastAttempt,
    ::testing::Values(Attempts{"Reversed", {{"k0", "k1", "k2", "k3"}, {"k3", "k2", "k1", "k0"}}},
                      Attempts{"Same", {{"k0", "k1", "k2"}, {"k0", "k1", "k2"}}},
                      Attempts{"Subset", {{"k0", "k1", "k2", "k3"}, {"k2", "k0"}}},
                      Attempts{"NewKeysBetween", {{"a", "c", "e"}, {"a", "b", "c", "d", "e"}}},
                      Attempts{"NewKeysFirst", {{"c"}, {"a", "b", "c"}}},
                      Attempts{"Others", {{"a", "b"}, {"y", "x", "w"}}},
                      Attempts{"Mixed", {{"d", "b", "a"}, {"a"}, {"c", "a", "e", "b"}}},
                      Attempts{"Back", {{"a", "b"}, {"b", "a"}, {"a", "b"}}},
                      Attempts{"None", {{"a", "b", "c"}, {}}}),
    [](const auto& each) { return std::string(each.param.name); });

std::vector<Keys> keys_of_asking;

Dynamic<std::string> asking(OpContext& op) {
  Dynamic<std::string> items(op);
  const auto attempt = std::size_t(op.facts().attempt);
  for (const auto& key : keys_of_asking.at(attempt)) items.yield(key, key);
  if (attempt == 0) throw RetryRequested("once more", {.max_retries = 1});
  return items;
}

testing::TestRun run_asking(std::vector<Keys> keys) {
  keys_of_asking = std::move(keys);
  is_broken = false;
  DefinitionsBuilder defs;
  defs.job("etl", [](GraphBuilder& g) { g.op<asking>().reduce<both>({.fan_in = 2}); });
  return testing::run_job(defs.build().value(), "etl").value();
}

TEST(LastAttempt, OfAnOpWithoutAPolicyMayGiveTheSameToAReduction) {
  const auto run = run_asking({{"a", "b", "c", "d"}, {"a", "b", "c", "d"}});
  ASSERT_EQ(run.report.status, RunStatus::Success) << run.report.error.to_string();
  EXPECT_EQ(run.value<std::string>("both"), "a b c d");
}

TEST(LastAttempt, OfAnOpWithoutAPolicyMayGiveMoreToAReductionThatHasNotStarted) {
  const auto run = run_asking({{"a", "b"}, {"c", "b", "a"}});
  ASSERT_EQ(run.report.status, RunStatus::Success) << run.report.error.to_string();
  EXPECT_EQ(run.value<std::string>("both"), "c b a");
}

TEST(LastAttempt, IsRefusedWhenAReductionHasCombinedOtherItems) {
  const auto run = run_asking({{"a", "b", "c", "d"}, {"d", "c", "b", "a"}});
  EXPECT_EQ(run.report.status, RunStatus::Failure);
  EXPECT_NE(run.report.error.to_string().find(
                "step asking: this attempt gave other items than the attempt before it, or gave "
                "them in another order, and both has combined some of those already; set a retry "
                "policy with max_retries on the op, so that the reduction waits for its last "
                "attempt"),
            std::string::npos)
      << run.report.error.to_string();
}

}  // namespace
}  // namespace penstock

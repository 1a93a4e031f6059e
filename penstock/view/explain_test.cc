#include "penstock/view/explain.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace penstock {
namespace {

constexpr auto kPlan = R"({"steps":[
  {"path":"list","op":"list"},
  {"path":"load","op":"load","inputs":{"in":{"from":["list.result"]}},"mapped_over":"list.result"},
  {"path":"sum","op":"sum","inputs":{"in":{"collect":true,"from":["load.result"]}}},
  {"path":"last","op":"last","inputs":{"in":{"from":["sum.result"]}}}]})";

/// Feeds events by time in µs.
struct Told {
  RunExplainer explainer;

  explicit Told(const char* plan = kPlan) {
    RunStarting starting;
    starting.plan = plan;
    tell(0, "", starting);
  }
  Told& tell(std::int64_t at, const std::string& step, EventBody body, std::int32_t attempt = 0) {
    Event event;
    event.time = Time(Micros(at));
    event.step = step;
    event.attempt = attempt;
    event.body = std::move(body);
    explainer.apply(event);
    return *this;
  }
  Told& items() {
    return tell(1, "list", StepStart{})
        .tell(5, "list", StepOutput{.mapping_key = "a"})
        .tell(6, "list", StepOutput{.mapping_key = "b"})
        .tell(10, "list", StepSuccess{9, 0});
  }
};

StepFailure failure(const std::string& text) {
  StepFailure body;
  body.error = make_error(ErrorCode::UserFailure, text);
  body.duration_us = 3;
  return body;
}

TEST(Explain, SaysWhatAStepWaitsForThatHasItsInputs) {
  Told told;
  told.items().tell(12, "load[a]", StepStart{});
  told.tell(12, "load[b]",
            StepBlocked{.reason = "memory",
                        .wanted = 3 << 20,
                        .free = 1 << 20,
                        .held = 512 << 10,
                        .holders = {"load[a]"}});
  const auto step = told.explainer.step("load[b]").value();
  EXPECT_EQ(step.reason,
            "it waits for 3.0 MiB of memory since 00:00:00 UTC: 1.0 MiB were free, 512.0 KiB in "
            "values that wait; the rest is reserved by load[a]");
  EXPECT_EQ(explanation_json(step)["blocked"]["holders"][0], "load[a]");
  told.tell(20, "load[b]", StepStart{});
  EXPECT_FALSE(told.explainer.step("load[b]").value().blocked.has_value());
}

TEST(Explain, SaysWhoHasTheSlots) {
  Told told;
  told.items().tell(12, "load[a]", StepStart{}).tell(12, "load[b]", StepStart{});
  told.tell(13, "load[b]", StepSuccess{}).tell(14, "load[a]", StepSuccess{});
  told.tell(15, "sum", StepStart{});
  const auto step = told.explainer.step("last").value();
  EXPECT_EQ(step.reason, "it waits for sum");
  told.tell(16, "sum", StepSuccess{}).tell(17, "other", StepStart{});
  EXPECT_EQ(told.explainer.step("last")->reason,
            "it waits for a slot; these steps have them: other");
}

TEST(Explain, NamesThePoolThatAStepWaitsForAndWhoHoldsIt) {
  Told told(R"({"pools":{"db":3},"steps":[
    {"path":"list","op":"list"},{"path":"other","op":"other","pools":{"db":1,"net":5}},
    {"path":"load","op":"load","inputs":{"in":{"from":["list.result"]}},"mapped_over":"list.result",
     "pools":{"db":2}}]})");
  told.items().tell(12, "load[a]", StepStart{}).tell(13, "other", StepStart{});
  EXPECT_EQ(told.explainer.step("load[b]")->reason,
            "it waits for 2 of pool \"db\", of which 3 of 3 are taken by load[a] (2), other (1)");
  told.tell(
      13, "load[b]",
      StepBlocked{.reason = "pool", .pool = "db", .wanted = 2, .holders = {"load[a]", "other"}});
  const auto step = told.explainer.step("load[b]").value();
  EXPECT_EQ(
      step.reason,
      "it waits for 2 of pool \"db\" since 00:00:00 UTC, of which 3 of 3 are taken by load[a] "
      "(2), other (1)");
  EXPECT_EQ(explanation_json(step)["blocked"]["pool"], "db");
  told.tell(14, "load[a]", StepSuccess{2, 0});
  EXPECT_EQ(told.explainer.step("load[b]")->reason,
            "it waits for 2 of pool \"db\" since 00:00:00 UTC: 0 were free; held by load[a], other")
      << "as it was told";
  EXPECT_FALSE(told.explainer.step("load[c]").ok()) << "no such item";
}

TEST(Explain, TellsOfPoolsWhileStepsWaitAndAfterwards) {
  Told told(R"({"pools":{"db":1},"steps":[{"path":"a","pools":{"db":1}},
    {"path":"b","pools":{"db":1}},{"path":"c","pools":{"db":1}},{"path":"d","pools":{"db":1}}]})");
  const StepBlocked blocked{.reason = "pool", .pool = "db", .wanted = 1, .holders = {"a"}};
  told.tell(1, "a", StepStart{}).tell(2, "c", blocked).tell(3, "b", blocked);
  const auto step = told.explainer.step("b").value();
  EXPECT_EQ(step.reason,
            "it waits for 1 of pool \"db\" since 00:00:00 UTC, as the 2nd of 2 that do, of which 1 "
            "of 1 are taken by a (1)");
  EXPECT_EQ(explanation_json(step)["blocked"]["place"], 2);
  EXPECT_EQ(told.explainer.step("d")->reason,
            "it waits for 1 of pool \"db\", behind c, b, of which 1 of 1 are taken by a (1)");
  const auto waiting = told.explainer.run().waiting;
  ASSERT_EQ(waiting.size(), 2u);
  EXPECT_EQ(waiting[0].step, "c");
  EXPECT_EQ(waiting[1].reason, step.reason);
  EXPECT_NE(explanation_text(told.explainer.run(), {}).find("waiting\n  c: it waits for 1 of pool"),
            std::string::npos);
  told.tell(2'000'000, "a", StepSuccess{}).tell(2'000'003, "b", StepStart{0, 0, 2'000'000});
  EXPECT_NE(explanation_text(*told.explainer.step("b"), [](Time) { return "now"; }, {})
                .find("waited 2.0 s for pool \"db\""),
            std::string::npos);
  EXPECT_EQ(told.explainer.run().longest_waits.at(0).waited_for, "pool \"db\"");
}

TEST(Explain, NothingWaitsOnceTheRunHasEnded) {
  Told told;
  told.items().tell(12, "load[a]", StepStart{}).tell(13, "load[a]", StepSuccess{});
  EXPECT_EQ(told.explainer.step("last")->status, "WAITING");
  told.tell(20, "", RunSuccess{});
  EXPECT_EQ(told.explainer.step("load")->status, "SUCCESS");
  EXPECT_EQ(told.explainer.step("load")->reason, "it has 1 item");
  EXPECT_EQ(told.explainer.step("last")->status, "NOT_RUN");
  EXPECT_EQ(told.explainer.step("last")->reason,
            "the run ended without it: there was nothing for it to do");
  Told canceled;
  canceled.tell(20, "", RunCanceled{});
  EXPECT_EQ(canceled.explainer.step("last")->reason, "the run ended before it was begun");
  EXPECT_TRUE(told.explainer.run().waiting.empty());
}

TEST(Explain, SaysWhyAStepRanAndWhenItsItemWasThere) {
  Told told;
  told.items().tell(12, "load[a]", StepStart{0, 100, 7}).tell(30, "load[a]", StepSuccess{18, 0});
  const auto step = told.explainer.step("load[a]");
  ASSERT_TRUE(step.ok());
  EXPECT_EQ(step->status, "SUCCESS");
  EXPECT_EQ(step->reason, "it ran because it was asked for; the last of its inputs came from list");
  ASSERT_EQ(step->inputs.size(), 1u);
  EXPECT_EQ(step->inputs[0].ready, Time(Micros(5)));
  ASSERT_EQ(step->attempts.size(), 1u);
  EXPECT_EQ(step->attempts[0].waited, Micros(7));
  EXPECT_EQ(step->attempts[0].memory, 100);
}

TEST(Explain, FollowsAFailureToItsRoot) {
  Told told;
  told.items()
      .tell(12, "load[a]", StepStart{})
      .tell(15, "load[a]", failure("no such file"))
      .tell(15, "sum", StepUpstreamFailed{"load[a]"})
      .tell(15, "last", StepUpstreamFailed{"sum"});
  const auto step = told.explainer.step("last");
  ASSERT_TRUE(step.ok());
  EXPECT_EQ(step->chain, (std::vector<std::string>{"last", "sum", "load[a]"}));
  ASSERT_TRUE(step->root_error);
  EXPECT_EQ(step->root_error->message, "no such file");
  EXPECT_EQ(step->reason, "it did not run because load[a] failed");
  const auto run = told.explainer.run();
  ASSERT_EQ(run.failures.size(), 1u);
  EXPECT_EQ(run.failures[0].step, "load[a]");
  EXPECT_EQ(run.failures[0].lost, 2);
}

TEST(Explain, ListsAttemptsWithTheirErrorsAndDelays) {
  Told told;
  told.items()
      .tell(12, "load[a]", StepStart{})
      .tell(15, "load[a]", failure("busy"))
      .tell(15, "load[a]", StepUpForRetry{1, 100, "busy"});
  EXPECT_EQ(told.explainer.step("load[a]")->status, "RETRYING");
  told.tell(115, "load[a]", StepStart{}, 1).tell(120, "load[a]", StepSuccess{5, 0}, 1);
  const auto step = told.explainer.step("load[a]");
  ASSERT_EQ(step->attempts.size(), 2u);
  EXPECT_EQ(step->attempts[0].error->message, "busy");
  EXPECT_EQ(step->attempts[0].retry_delay, Micros(100));
  EXPECT_FALSE(step->attempts[1].error);
}

TEST(Explain, NamesWhatAStepWaitsFor) {
  Told told;
  told.items().tell(12, "load[a]", StepStart{});
  const auto step = told.explainer.step("sum");
  ASSERT_TRUE(step.ok());
  EXPECT_EQ(step->status, "WAITING");
  EXPECT_EQ(step->missing, (std::vector<std::string>{"load[a]"}));
  EXPECT_EQ(step->reason, "it waits for load[a]");
  const auto none = told.explainer.step("lst");
  EXPECT_EQ(none.error().to_string(), "the run has no step \"lst\"; did you mean \"list\"?");
}

TEST(Explain, FindsTheCriticalPath) {
  Told told;
  told.items()
      .tell(12, "load[a]", StepStart{0, 0, 7})
      .tell(20, "load[a]", StepSuccess{8, 0})
      .tell(12, "load[b]", StepStart{0, 0, 6})
      .tell(90, "load[b]", StepSuccess{78, 0})
      .tell(91, "sum", StepStart{0, 0, 1})
      .tell(99, "sum", StepSuccess{8, 0});
  const auto run = told.explainer.run();
  std::vector<std::string> path;
  for (const auto& step : run.critical_path) path.push_back(step.step);
  EXPECT_EQ(path, (std::vector<std::string>{"list", "load[b]", "sum"}));
  ASSERT_FALSE(run.longest_waits.empty());
  EXPECT_EQ(run.longest_waits[0].step, "load[a]");
}

TEST(Explain, ShowsControlCharactersAsText) {
  Told told;
  told.items().tell(12, "load[a]", StepStart{}).tell(15, "load[a]", failure("\x1b[31mred"));
  const auto text = explanation_text(*told.explainer.step("load[a]"),
                                     [](Time) { return std::string("now"); }, {});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("red"), std::string::npos);
  EXPECT_EQ(explanation_json(told.explainer.run())["failures"][0]["lost_steps"], 0);
}

}  // namespace
}  // namespace penstock

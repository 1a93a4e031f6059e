#include "penstock/view/progress_view.h"

#include <gtest/gtest.h>

#include "penstock/view/run_text.h"
#include "penstock/view/step_views.h"

namespace penstock {
namespace {

using std::chrono::seconds;

const RunId kRun = RunId::make(Time(seconds(1000)), 1, 2);

// Feeds events of one run, a second apart.
class Story {
 public:
  explicit Story(PlanShape shape = {}) : fold(std::move(shape)) {
    RunStarting starting;
    starting.job = "etl";
    tell("", starting);
    tell("", RunStart{});
  }
  void tell(std::string step, EventBody body, std::int32_t attempt = 0) {
    now += seconds(1);
    const Event event{.time = now,
                      .run = kRun,
                      .step = std::move(step),
                      .attempt = attempt,
                      .body = std::move(body)};
    instant += seconds(1);
    fold.apply(event, instant);
    steps.apply(event);
  }
  const ProgressView& view() const { return fold.view(); }

  Time now{seconds(1000)};
  Instant instant{seconds(50)};
  ProgressFold fold;
  StepViews steps;
};

PlanShape fan_out() {
  PlanShape shape;
  shape.templates = {{"choose", 1}, {"load", 0}, {"sum", 1}};
  shape.dynamics["choose.result"] = {.maker = 0, .copies = {1}};
  return shape;
}

StepSuccess took(int duration_s) { return {.duration_us = duration_s * 1'000'000}; }

StepFailure failed(std::string message) {
  StepFailure failure;
  failure.error = make_error(ErrorCode::Io, std::move(message));
  return failure;
}

TEST(ProgressFold, CountsStepsOfDynamicOutputs) {
  Story story(fan_out());
  EXPECT_EQ(story.view().known_steps, 2);
  EXPECT_FALSE(story.view().all_known);
  story.tell("choose", StepStart{});
  story.tell("choose", StepOutput{.mapping_key = "a"});
  story.tell("choose", StepOutput{.mapping_key = "b"});
  EXPECT_EQ(story.view().known_steps, 4);
  EXPECT_EQ(story.view().ops[1].known, 2);
  story.tell("choose", took(3));
  EXPECT_TRUE(story.view().all_known);
}

TEST(ProgressFold, FollowsRunningStepsAndTheirProgress) {
  Story story;
  story.tell("load[a]", StepStart{});
  story.tell("load[b]", StepStart{});
  story.tell("load[a]", StepProgress{.done = 10, .total = 40, .unit = "rows"});
  story.tell("load[a]", StepProgress{.done = 30, .total = 40, .unit = "rows"});
  story.tell("load[b]", StepProgress{.done = 5, .total = 0, .unit = "rows"});
  ASSERT_EQ(story.view().running.size(), 2u);
  EXPECT_EQ(story.view().running[0].done, 30);
  EXPECT_EQ(story.view().rows(), 35);
  story.tell("load[a]", took(1));
  ASSERT_EQ(story.view().running.size(), 1u);
  EXPECT_EQ(story.view().running[0].step, "load[b]");
  EXPECT_EQ(story.view().ops[0].steps.running, 1);
}

TEST(ProgressFold, CountsRowsOnceThoughSeveralAssetsAreMade) {
  Story story;
  const auto made = [](std::string asset, int rows) {
    return AssetMaterialization{.asset = std::move(asset), .metadata = {{"rows", rows}}};
  };
  story.tell("load[a]", made("part", 100));
  story.tell("load[b]", made("part", 50));
  story.tell("join", made("whole", 150));
  EXPECT_EQ(story.view().rows(), 150);
  EXPECT_EQ(story.view().assets[0].materializations, 2);
}

TEST(ProgressFold, ForgetsFailuresThatWereTriedAgain) {
  Story story;
  story.tell("a", StepStart{});
  story.tell("a", failed("first"));
  EXPECT_EQ(story.view().failure_count, 1);
  story.tell("a", StepUpForRetry{.next_attempt = 1});
  EXPECT_EQ(story.view().failure_count, 0);
  story.tell("a", StepStart{}, 1);
  story.tell("a", failed("second"), 1);
  ASSERT_EQ(story.view().failures.size(), 1u);
  EXPECT_EQ(failures_text(story.view().failures, 1, {}),
            "\nfailures\n  a  attempt 2\n    second\n");
}

TEST(EstimateLeft, DividesByTheStepsAtATime) {
  Story story(fan_out());
  story.tell("choose", StepStart{});
  for (const char* key : {"a", "b", "c"}) story.tell("choose", StepOutput{.mapping_key = key});
  story.tell("choose", took(1));
  const std::map<std::string, OpHistory> history{
      {"sum", {.successes = 2, .total_us = 8'000'000, .longest_us = 0}}};
  EXPECT_EQ(estimate_left(story.view(), story.instant, history), std::nullopt);
  story.tell("load[a]", StepStart{});
  story.tell("load[a]", took(5));
  // Two loads of 5 s and a sum of 4 s, 8 s elapsed and 6 s spent in steps: one at a time.
  EXPECT_EQ(estimate_left(story.view(), story.instant, history), Micros(seconds(14)));
}

TEST(EstimateLeft, TakesAFewUnknownStepsForAverageOnes) {
  Story story(fan_out());
  story.tell("choose", StepStart{});
  for (const char* key : {"a", "b", "c", "d", "e", "f"})
    story.tell("choose", StepOutput{.mapping_key = key});
  story.tell("choose", took(1));
  story.tell("load[a]", StepStart{});
  story.tell("load[a]", took(5));
  // Five loads of 5 s, and a sum that never ran: 5 s as well.
  EXPECT_EQ(estimate_left(story.view(), story.instant, {}), Micros(seconds(30)));
}

TEST(StepViews, KeepsAttemptsAndTheLastOutputs) {
  Story story;
  story.tell("a", StepStart{});
  story.tell("a", StepOutput{.value_type = "int"});
  story.tell("a", failed("disk"));
  story.tell("a", StepUpForRetry{.next_attempt = 1, .reason = "disk"});
  EXPECT_EQ(story.steps.steps()[0].status, StepStatus::Retrying);
  story.tell("a", StepStart{}, 1);
  story.tell("a", StepOutput{.value_type = "int"}, 1);
  story.tell("a", took(2), 1);
  const auto& step = story.steps.steps()[0];
  EXPECT_EQ(step.status, StepStatus::Success);
  EXPECT_EQ(step.attempts, 2);
  EXPECT_EQ(step.output_count, 1);
  EXPECT_EQ(step.errors.size(), 1u);
}

TEST(LiveLines, StayWithinTheTerminal) {
  PlanShape shape;
  for (int i = 0; i < 100; ++i) shape.templates.push_back({"op" + std::to_string(i), 1});
  Story story(std::move(shape));
  for (int i = 0; i < 50; ++i) story.tell("op" + std::to_string(i), StepStart{});
  const auto lines = live_lines(story.view(), {.now = story.instant, .height = 12}, {.width = 40});
  EXPECT_LE(lines.size(), 10u);
  for (const auto& line : lines) EXPECT_LT(display_width(line), 40u);
  EXPECT_NE(lines[0].find("0 of 100"), std::string::npos);
}

TEST(WatchLine, MakesTextOfOpsSafe) {
  Event event{.run = kRun,
              .step = "a",
              .level = LogLevel::Warning,
              .body = LogMessage{.text = "\x1b]0;x\x07"}};
  EXPECT_EQ(watch_line(event, LogLevel::Warning, {}), "warning   a: \\x1b]0;x\\x07");
  event.level = LogLevel::Info;
  EXPECT_EQ(watch_line(event, LogLevel::Warning, {}), "");
}

}  // namespace
}  // namespace penstock

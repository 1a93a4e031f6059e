#include "penstock/event/lost_run.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

void tell(LostRun& lost, EventBody body, std::string step = {}, std::int32_t attempt = 0) {
  Event event;
  event.step = std::move(step);
  event.attempt = attempt;
  event.body = std::move(body);
  lost.apply(event);
}

TEST(LostRun, IsResumedInVainUntilAFurtherStepSucceeds) {
  LostRun lost{RunRecord{}};
  tell(lost, StepSuccess{}, "a");
  EXPECT_EQ(lost.resumed_in_vain(), 0);
  for (int i = 1; i <= 2; ++i) {
    tell(lost, RunResumed{.fence = i});
    tell(lost, StepUpForRetry{.next_attempt = i, .succeeded = true}, "a", i);
    tell(lost, StepSuccess{}, "a", i);
    EXPECT_EQ(lost.resumed_in_vain(), i) << "a had succeeded before";
  }
  tell(lost, StepSuccess{}, "b");
  EXPECT_EQ(lost.resumed_in_vain(), 0);
}

TEST(LostRun, TellsOfASuccessThatCountsNoMoreOnce) {
  LostRun lost{RunRecord{}};
  tell(lost, StepSuccess{}, "a");
  tell(lost, StepStart{}, "b");
  const std::unordered_map<std::string, std::int32_t> attempts{{"a", 1}, {"b", 1}};
  const auto events = lost.restart(Time{}, {attempts, {"b"}});
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(event_type(events[0]), "STEP_FAILURE");
  EXPECT_NE(events[1].body.get_if<StepUpForRetry>()->reason.find("a process of its own"),
            std::string::npos);
  EXPECT_EQ(events[2].step, "a");
  EXPECT_TRUE(events[2].body.get_if<StepUpForRetry>()->succeeded);
  for (const auto& event : events) lost.apply(event);
  EXPECT_TRUE(lost.running().empty());
  EXPECT_TRUE(lost.restart(Time{}, {attempts}).empty());
}

TEST(LostRun, EndsEachStepThatRanOrWasToBeTriedAgain) {
  LostRun lost{RunRecord{}};
  tell(lost, StepStart{}, "runs", 1);
  for (const std::string step : {"retries", "recovered"}) {
    tell(lost, StepStart{}, step);
    tell(lost, StepFailure{}, step);
    tell(lost, StepUpForRetry{.next_attempt = 1}, step);
  }
  tell(lost, StepStart{}, "recovered", 1);
  tell(lost, StepSuccess{}, "recovered", 1);
  const auto ends = lost.end_as_lost(Time{});
  ASSERT_EQ(ends.size(), 3u);
  EXPECT_EQ(event_type(ends[0]), "STEP_FAILURE");
  EXPECT_EQ(ends[0].step, "runs");
  EXPECT_EQ(event_type(ends[1]), "STEP_CANCELED");
  EXPECT_EQ(ends[1].step, "retries");
  EXPECT_EQ(ends[1].attempt, 1);
  EXPECT_FALSE(ends[1].body.get_if<StepCanceled>()->started);
  EXPECT_EQ(event_type(ends[2]), "RUN_FAILURE");
  const auto canceled = lost.end_as_canceled(Time{}, "a test");
  ASSERT_EQ(canceled.size(), 4u);
  EXPECT_EQ(canceled[2].step, "retries");
  EXPECT_EQ(event_type(canceled[2]), "STEP_CANCELED");
}

}  // namespace
}  // namespace penstock

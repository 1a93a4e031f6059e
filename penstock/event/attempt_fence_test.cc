#include "penstock/event/attempt_fence.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

Event of_attempt(std::int32_t attempt, EventBody body) {
  Event event;
  event.run = RunId::make(Time(), 1, 1);
  event.step = "load";
  event.attempt = attempt;
  event.body = std::move(body);
  return event;
}

void take(AttemptFence& fence, const Event& event) {
  EXPECT_TRUE(check_attempt(fence, event).ok());
  note_attempt(fence, event);
}

TEST(AttemptFence, RefusesWhatAnOlderAttemptTells) {
  AttemptFence fence;
  for (const auto& event : {of_attempt(0, StepStart{}), of_attempt(0, StepFailure{}),
                            of_attempt(0, StepUpForRetry{.next_attempt = 1})})
    take(fence, event);
  for (const auto& late :
       {of_attempt(0, StepSuccess{}), of_attempt(0, AssetMaterialization{.asset = "a"}),
        of_attempt(0, StepOutput{})})
    EXPECT_EQ(check_attempt(fence, late).error().message,
              "run " + late.run.to_string() + " refuses " + std::string(event_type(late)) +
                  " of step \"load\": it is of attempt 0, and attempt 1 has taken its place");
  take(fence, of_attempt(1, StepStart{}));
  take(fence, of_attempt(1, StepSuccess{}));
}

TEST(AttemptFence, MessagesMayComeLate) {
  AttemptFence fence{{"load", 2}};
  take(fence, of_attempt(1, LogMessage{.text = "still here"}));
  EXPECT_FALSE(check_attempt(fence, of_attempt(1, StepSuccess{})).ok());
}

TEST(AttemptFence, KeepsNothingOfStepsThatAreTriedOnce) {
  AttemptFence fence;
  take(fence, of_attempt(0, StepStart{}));
  take(fence, of_attempt(0, StepSuccess{}));
  EXPECT_TRUE(fence.empty());
}

}  // namespace
}  // namespace penstock

// Time limits: what is reported when one passes, and what does not count.
#include <gtest/gtest.h>

#include "penstock/model/definitions_builder.h"
#include "penstock/run/reactor.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

Time at(std::int64_t micros) { return Time() + Micros(micros); }

/// One step with a time limit of 10 µs that has started at 0.
class TimeLimits : public ::testing::Test {
 protected:
  void SetUp() override {
    DefinitionsBuilder defs;
    defs.job("job", [](GraphBuilder& g) { g.with({.timeout = Micros(10)}).op("slow", [] {}); });
    auto definitions = defs.build();
    ASSERT_TRUE(definitions.ok()) << definitions.error().message;
    auto planned = plan_run(*definitions, {.job = "job"});
    ASSERT_TRUE(planned.ok()) << planned.error().message;
    plan_ = std::move(*planned);
    reactor_.emplace(plan_, RunId::make(Time()), RunLimits{.admission = {.slots = 1}});
    Actions actions;
    reactor_->start(at(0), actions);
    ASSERT_EQ(actions.start.size(), 1u);
    step_ = actions.start[0].ref;
    ASSERT_EQ(actions.timers.size(), 1u);
    EXPECT_EQ(actions.timers[0].at, at(10));
  }
  Actions timer(std::int64_t now) {
    Actions actions;
    reactor_->on_timer(step_, 0, at(now), actions);
    return actions;
  }

  RunPlan plan_;
  std::optional<Reactor> reactor_;
  StepRef step_;
};

TEST_F(TimeLimits, AreReportedWhenTheyPassAndTheStepStillRuns) {
  const auto passed = timer(10);
  EXPECT_EQ(passed.cancel, std::vector{step_});
  ASSERT_EQ(passed.events.size(), 1u);
  EXPECT_EQ(passed.events[0].level, LogLevel::Warning);
  EXPECT_EQ(passed.events[0].step, "slow");
  EXPECT_EQ(passed.events[0].body.get_if<EngineEvent>()->text,
            "it passed its time limit of 10 µs and was asked to stop; it has not ended yet");
  EXPECT_EQ(timer(11).events.size(), 0u) << "once for each attempt";
}

TEST_F(TimeLimits, DoNotCountWhileTheSystemIsShortOfWhatAStepNeeds) {
  reactor_->on_hold(step_);
  EXPECT_TRUE(timer(10).cancel.empty());
  Actions begun;
  reactor_->on_go(step_, at(25), begun);
  ASSERT_EQ(begun.timers.size(), 1u);
  EXPECT_EQ(begun.timers[0].at, at(35));
  EXPECT_TRUE(timer(34).cancel.empty()) << "an earlier timer that comes late";
  EXPECT_EQ(timer(35).cancel, std::vector{step_});
}

}  // namespace
}  // namespace penstock

// Limits, delays, durations and throttles follow the monotonic clock, whatever the wall clock does.
#include <gtest/gtest.h>

#include "penstock/model/definitions_builder.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using namespace std::chrono_literals;
using testing::FakeClock;
using testing::run_job;
using testing::TestOptions;

/// The clock of the test that runs, for its ops.
FakeClock* shared_clock = nullptr;

/// Changes of the wall clock.
const std::vector<Micros> kJumps = {1h, -15s, -1h, std::chrono::days(3650), std::chrono::days(-365),
                                    Micros::max(), Micros::min()};

Definitions must(Result<Definitions> definitions) {
  EXPECT_TRUE(definitions.ok()) << definitions.error().to_string();
  return *definitions;
}

/// Runs each test with each way to run steps in this process, and each jump of the wall clock.
class WallClockJumps : public ::testing::TestWithParam<ExecutorKind> {
 protected:
  template <class Test>
  void each(Test test) {
    for (const auto jump : kJumps) {
      SCOPED_TRACE(format_duration(jump));
      FakeClock clock;
      shared_clock = &clock;
      options_.clock = &clock;
      test(jump);
    }
  }
  testing::TestRun run(DefinitionsBuilder& defs) {
    auto run = run_job(must(defs.build()), "job", "", options_);
    EXPECT_TRUE(run.ok()) << run.error().to_string();
    return std::move(*run);
  }

  TestOptions options_{.executor = GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Executors, WallClockJumps,
                         ::testing::Values(ExecutorKind::Inline, ExecutorKind::Threads),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

TEST_P(WallClockJumps, DoNotReachATimeLimit) {
  each([&](Micros jump) {
    DefinitionsBuilder defs;
    defs.job("job", [&](GraphBuilder& g) {
      g.with({.timeout = 500ms}).op("step", [jump] {
        shared_clock->advance(300ms);
        shared_clock->jump_wall_clock(jump);
      });
    });
    const auto result = run(defs);
    EXPECT_TRUE(result.succeeded()) << result.report.error.to_string();
    EXPECT_EQ(result.all<StepSuccess>().at(0).duration_us, 300'000);
    EXPECT_EQ(result.all<RunSuccess>().at(0).duration_us, 300'000);
    EXPECT_EQ(result.report.duration, 300ms);
  });
}

TEST_P(WallClockJumps, DoNotHideATimeLimit) {
  each([&](Micros jump) {
    DefinitionsBuilder defs;
    defs.job("job", [&](GraphBuilder& g) {
      g.with({.timeout = 500ms}).op("step", [jump] {
        shared_clock->jump_wall_clock(jump);
        shared_clock->advance_monotonic(501ms);
      });
    });
    const auto failed = run(defs).all<StepFailure>();
    ASSERT_EQ(failed.size(), 1u);
    EXPECT_EQ(failed[0].error.code, ErrorCode::Timeout);
    EXPECT_EQ(failed[0].error.to_string(),
              "stopped after its time limit of 500 ms: it ended too late");
    EXPECT_EQ(failed[0].duration_us, 501'000);
  });
}

TEST_P(WallClockJumps, DoNotChangeADelay) {
  each([&](Micros jump) {
    DefinitionsBuilder defs;
    std::vector<Instant> starts;
    defs.job("job", [&](GraphBuilder& g) {
      g.with({.retry = RetryPolicy{2, 700ms}}).op("step", [&starts, jump]() -> Status {
        starts.push_back(shared_clock->instant());
        shared_clock->jump_wall_clock(jump);
        if (starts.size() < 3) return Failure("once more");
        return {};
      });
    });
    EXPECT_TRUE(run(defs).succeeded());
    ASSERT_EQ(starts.size(), 3u);
    EXPECT_EQ(starts[1] - starts[0], 700ms);
    EXPECT_EQ(starts[2] - starts[1], 700ms);
  });
}

/// The wall clock is set while the run has nothing to do but to wait.
class SetWhileWaiting final : public FakeClock {
 public:
  explicit SetWhileWaiting(Micros jump) : jump_(jump) {}
  void skip_to(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
               Instant until) const override {
    FakeClock::skip_to(lock, changed, instant() + (until - instant()) / 2);
    const_cast<SetWhileWaiting*>(this)->jump_wall_clock(jump_);
    FakeClock::skip_to(lock, changed, until);
    ++waits;
  }
  mutable int waits = 0;

 private:
  const Micros jump_;
};

TEST_P(WallClockJumps, DoNotChangeADelayThatRuns) {
  for (const auto jump : kJumps) {
    SCOPED_TRACE(format_duration(jump));
    SetWhileWaiting clock(jump);
    options_.clock = &clock;
    DefinitionsBuilder defs;
    defs.job("job", [&](GraphBuilder& g) {
      g.with({.retry = RetryPolicy{1, 700ms}}).op("step", [](OpContext& op) -> Status {
        if (op.facts().attempt == 0) return Failure("once more");
        return {};
      });
    });
    const auto result = run(defs);
    EXPECT_TRUE(result.succeeded());
    EXPECT_EQ(clock.waits, 1);
    EXPECT_EQ(result.report.duration, 700ms);
  }
}

TEST_P(WallClockJumps, DoNotEndARun) {
  each([&](Micros jump) {
    DefinitionsBuilder defs;
    const auto step = [jump] {
      shared_clock->advance(3s);
      shared_clock->jump_wall_clock(jump);
    };
    defs.job("job",
             [&](GraphBuilder& g) {
               const auto first = g.op("first", step);
               g.order(first, g.op("second", step));
             })
        .max_runtime(10s);
    const auto result = run(defs);
    EXPECT_TRUE(result.succeeded()) << result.report.error.to_string();
    EXPECT_EQ(result.report.duration, 6s);
  });
}

TEST_P(WallClockJumps, DoNotKeepARunAlive) {
  each([&](Micros jump) {
    DefinitionsBuilder defs;
    const auto step = [jump] {
      shared_clock->jump_wall_clock(jump);
      shared_clock->advance_monotonic(11s);
    };
    defs.job("job",
             [&](GraphBuilder& g) {
               const auto first = g.op("first", step);
               g.order(first, g.op("second", step));
             })
        .max_runtime(10s);
    const auto result = run(defs);
    EXPECT_EQ(result.report.status, RunStatus::Failure);
    EXPECT_EQ(result.all<RunFailure>().at(0).reason, "MAX_RUNTIME");
    EXPECT_EQ(result.all<StepStart>().size(), 1u);
  });
}

TEST_P(WallClockJumps, DoNotChangeHowOftenProgressIsShownAndRecorded) {
  each([&](Micros jump) {
    DefinitionsBuilder defs;
    defs.job("job", [&](GraphBuilder& g) {
      g.op("step", [jump](OpContext& op) {
        op.progress(1, 10);
        shared_clock->jump_wall_clock(jump);
        op.progress(2, 10);  // no time has passed
        shared_clock->advance_monotonic(2s);
        op.progress(3, 10);
        shared_clock->advance(500ms);
        op.progress(4, 10);
      });
    });
    std::vector<std::int64_t> seen;
    for (const auto& progress : run(defs).all<StepProgress>()) seen.push_back(progress.done);
    // Shown and recorded; never the second, which comes at once; the fourth is shown only.
    EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 1, 3, 3, 4}));
  });
}

struct Mailbox {};

TEST_P(WallClockJumps, DoNotChangeWhatResourcesAndHooksTook) {
  each([&](Micros jump) {
    DefinitionsBuilder defs;
    defs.resource<Mailbox>("mailbox", [jump]() -> Result<Mailbox> {
      shared_clock->advance(40ms);
      shared_clock->jump_wall_clock(jump);
      return Mailbox();
    });
    defs.job("job", [&](GraphBuilder& g) {
      g.op("step", [](Resource<Mailbox>) { shared_clock->advance(1ms); });
    });
    const auto result = run(defs);
    EXPECT_TRUE(result.succeeded()) << result.report.error.to_string();
    EXPECT_EQ(result.all<ResourceInitSuccess>().at(0).duration_us, 40'000);
    EXPECT_EQ(result.all<ResourceTeardown>().at(0).duration_us, 0);
    EXPECT_EQ(result.all<StepSuccess>().at(0).duration_us, 41'000);
  });
}

TEST(LongTimes, AreNoLimit) {
  for (const auto executor :
       {ExecutorKind::Inline, ExecutorKind::Threads, ExecutorKind::Processes})
    for (const Micros limit : {Micros::max(), Micros(std::chrono::hours::max()),
                               Micros::max() - Micros(1), Micros(std::chrono::years(200'000))}) {
      SCOPED_TRACE(format_duration(limit));
      DefinitionsBuilder defs;
      defs.job("job", [&](GraphBuilder& g) { g.with({.timeout = limit}).op("step", [] {}); })
          .max_runtime(limit);
      const auto result = run_job(must(defs.build()), "job", "", {.executor = executor});
      ASSERT_TRUE(result.ok()) << result.error().to_string();
      EXPECT_TRUE(result->succeeded()) << result->report.error.to_string();
    }
}

TEST(LongTimes, AreWaitedFor) {
  for (const Micros delay : {Micros::max(), Micros(std::chrono::hours::max())}) {
    FakeClock clock;
    DefinitionsBuilder defs;
    defs.job("job", [&](GraphBuilder& g) {
      const RetryPolicy policy{2, delay, Backoff::Exponential, Jitter::None, Micros::max()};
      g.with({.retry = policy}).op("step", [](OpContext& op) -> Status {
        if (op.facts().attempt < 2) return Failure("once more");
        return {};
      });
    });
    const auto result = run_job(must(defs.build()), "job", "", {.clock = &clock});
    ASSERT_TRUE(result.ok()) << result.error().to_string();
    EXPECT_TRUE(result->succeeded()) << result->report.error.to_string();
    EXPECT_EQ(result->all<StepUpForRetry>().at(1).delay_us, Micros::max().count());
    EXPECT_EQ(clock.instant(), Instant::max());
  }
}

TEST(NegativeTimes, AreNotTakenForADelay) {
  DefinitionsBuilder defs;
  defs.job("job", [&](GraphBuilder& g) {
    g.op("step", []() -> Status {
      return RetryRequested("busy", {.max_retries = 3, .delay = -5s});
    });
  });
  for (const auto executor : {ExecutorKind::Inline, ExecutorKind::Processes}) {
    const auto result = run_job(must(defs.build()), "job", "", {.executor = executor});
    ASSERT_TRUE(result.ok()) << result.error().to_string();
    EXPECT_EQ(result->all<StepFailure>().at(0).error.message,
              "it requested a retry with a delay of -5.0 s; expected at least 0");
    EXPECT_TRUE(result->all<StepUpForRetry>().empty());
  }
}

}  // namespace
}  // namespace penstock

// A request to stop reaches the op that runs: by the call itself, not by somebody who looks from
// time to time.
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <latch>
#include <thread>

#include "penstock/model/definitions_builder.h"
#include "penstock/testing/run_job.h"

namespace penstock::testing {
namespace {

std::latch* both_have_begun = nullptr;
std::atomic<int> told = 0;
int began[2];  // a pipe

/// Waits for nothing but the request.
void wait_for(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
}

Result<int> listens(OpContext& op) {
  const std::stop_callback hear(op.stop_token(), [] { ++told; });
  both_have_begun->count_down();
  wait_for(op.stop_token());
  return make_error(ErrorCode::Canceled, "asked to stop");
}

TEST(Cancellation, HasReachedEveryRunningOpWhenTheRequestReturns) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    g.op<listens>();
    g.with({.alias = "other"}).op<listens>();
    g.with({.alias = "third"}).op<listens>();
  });
  const auto definitions = *defs.build();
  std::latch begun(2);
  both_have_begun = &begun;
  told = 0;
  std::stop_source stop;
  TestRun run;
  std::thread running([&] {
    run = *run_job(definitions, "job", "",
                   {.executor = ExecutorKind::Threads, .jobs = 2, .cancel = stop.get_token()});
  });
  begun.wait();
  stop.request_stop();
  EXPECT_EQ(told, 2) << "both were told by the call itself";
  running.join();
  EXPECT_EQ(run.report.status, RunStatus::Canceled);
  std::int64_t asked = 0;
  for (const auto& canceled : run.all<StepCanceled>()) asked += canceled.started;
  EXPECT_EQ(asked, 2);
}

Result<int> listens_in_a_process(OpContext& op) {
  if (::write(began[1], "x", 1) != 1) return Failure("the test does not listen");
  wait_for(op.stop_token());
  return make_error(ErrorCode::Canceled, "asked to stop");
}

TEST(Cancellation, ReachesAnOpInAProcessOfItsOwnThatWaitsForNothingElse) {
  ASSERT_EQ(::pipe(began), 0);
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) { g.op<listens_in_a_process>(); });
  const auto definitions = *defs.build();
  std::stop_source stop;
  TestRun run;
  std::thread running([&] {
    run = *run_job(definitions, "job", "",
                   {.executor = ExecutorKind::Processes,
                    .jobs = 1,
                    .cancel = stop.get_token(),
                    .processes = {.grace = std::chrono::hours(24)}});  // it is not killed in time
  });
  char byte = 0;
  ASSERT_EQ(::read(began[0], &byte, 1), 1);
  stop.request_stop();
  running.join();
  EXPECT_EQ(run.report.status, RunStatus::Canceled);
  EXPECT_TRUE(run.all<StepCanceled>().at(0).started);
  ::close(began[0]);
  ::close(began[1]);
}

}  // namespace
}  // namespace penstock::testing

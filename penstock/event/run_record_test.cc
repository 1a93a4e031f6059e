#include "penstock/event/run_record.h"

#include <gtest/gtest.h>

#include "penstock/event/event_log.h"

namespace penstock {
namespace {

const RunId kRun = RunId::make(Time(Micros(1'700'000'000'000'000)), 1, 2);

Event event(EventBody body, std::string step = {}) {
  return {.time = Time(Micros(5)), .run = kRun, .step = std::move(step), .body = std::move(body)};
}

// The record after events that all are legal.
RunRecord after(std::vector<EventBody> bodies) {
  RunRecord record;
  for (auto& body : bodies) {
    const auto status = fold(record, event(std::move(body)));
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
  return record;
}

std::string refusal(RunRecord record, const Event& next) {
  const RunRecord before = record;
  const auto status = fold(record, next);
  EXPECT_EQ(record, before) << "a refused event changes nothing";
  if (status.ok()) return "";
  EXPECT_EQ(status.error().code, ErrorCode::Conflict);
  const auto& message = status.error().message;
  return message.substr(message.find("refuses"));
}

TEST(RunRecord, BeginsWithWhatRunStartingSays) {
  const auto record = after({RunStarting{.job = "etl",
                                         .config = "{}",
                                         .tags = {{"a", "b"}},
                                         .executor = "threads",
                                         .build_id = "b1",
                                         .parent_run = "p",
                                         .pid = 3,
                                         .host = "h"}});
  EXPECT_EQ(record.id, kRun);
  EXPECT_EQ(record.job, "etl");
  EXPECT_EQ(record.status, RunStatus::Starting);
  EXPECT_EQ(record.tags, (Tags{{"a", "b"}}));
  EXPECT_EQ(record.config, "{}");
  EXPECT_EQ(record.executor, "threads");
  EXPECT_EQ(record.build_id, "b1");
  EXPECT_EQ(record.parent_run, "p");
  EXPECT_EQ(record.pid, 3);
  EXPECT_EQ(record.host, "h");
  EXPECT_EQ(record.created, Time(Micros(5)));
}

TEST(RunRecord, CountsSteps) {
  auto record = after({RunStarting{}, RunStart{}, StepStart{}, StepStart{}, StepSuccess{},
                       StepFailure{}, StepUpstreamFailed{}, StepSkipped{}, StepCanceled{}});
  EXPECT_EQ(
      record.steps,
      (StepCounts{.succeeded = 1, .failed = 1, .upstream_failed = 1, .skipped = 1, .canceled = 1}));
  EXPECT_EQ(record.steps.ended(), 5);
  record = after({RunStarting{}, RunStart{}, StepStart{}, StepStart{}, StepStart{},
                  StepSkipped{.started = true}, StepCanceled{.started = true}});
  EXPECT_EQ(record.steps, (StepCounts{.running = 1, .skipped = 1, .canceled = 1}));
}

TEST(RunRecord, AStepThatRunsAgainThoughItSucceededCountsOnce) {
  const auto record =
      after({RunStarting{}, RunStart{}, StepStart{}, StepSuccess{}, RunResumed{.fence = 1},
             StepUpForRetry{.succeeded = true}, StepStart{}, StepSuccess{}, RunSuccess{}});
  EXPECT_EQ(record.steps, (StepCounts{.succeeded = 1, .retried = 1}));
}

TEST(RunRecord, ARetryTakesTheFailureBack) {
  const auto record = after({RunStarting{}, RunStart{}, StepStart{}, StepFailure{},
                             StepUpForRetry{}, StepStart{}, StepSuccess{}, RunSuccess{}});
  EXPECT_EQ(record.steps, (StepCounts{.succeeded = 1, .retried = 1}));
  EXPECT_EQ(record.status, RunStatus::Success);
}

TEST(RunRecord, CountsChecks) {
  const auto record =
      after({RunStarting{}, RunStart{}, AssetCheckEvaluation{.passed = true},
             AssetCheckEvaluation{.severity = "WARN"}, AssetCheckEvaluation{.severity = "ERROR"},
             AssetCheckEvaluation{.severity = "ERROR"}});
  EXPECT_EQ(record.checks_passed, 1);
  EXPECT_EQ(record.checks_warned, 1);
  EXPECT_EQ(record.checks_failed, 2);
}

TEST(RunRecord, EndsWithWhatWentWrong) {
  auto record = after({RunStarting{}, RunStart{}, StepStart{},
                       RunFailure{.reason = "STEP_FAILURE",
                                  .error = {.message = "no disk\nmore", .context = {"step x"}},
                                  .peak_rss = 9}});
  EXPECT_EQ(record.status, RunStatus::Failure);
  EXPECT_EQ(record.failure_reason, "STEP_FAILURE");
  EXPECT_EQ(record.error, "step x: no disk");
  EXPECT_EQ(record.peak_rss, 9);
  EXPECT_EQ(record.ended, Time(Micros(5)));
  EXPECT_EQ(record.steps.running, 0) << "nothing runs in a run that has ended";
  record = after({RunStarting{}, RunCanceling{}, RunCanceled{}});
  EXPECT_EQ(record.status, RunStatus::Canceled);
}

TEST(RunRecord, RefusesWhatMayNotHappen) {
  const RunRecord none;
  const auto starting = after({RunStarting{}});
  const auto started = after({RunStarting{}, RunStart{}});
  const auto failed = after({RunStarting{}, RunStart{}, StepStart{}, StepFailure{}});
  const auto canceling = after({RunStarting{}, RunCanceling{}});
  EXPECT_EQ(refusal(none, event(RunStart{})),
            "refuses RUN_START while it does not exist: its first event must be RUN_STARTING");
  EXPECT_EQ(refusal(starting, event(RunStarting{})),
            "refuses RUN_STARTING while STARTING: the run exists already");
  EXPECT_EQ(refusal(starting, event(RunSuccess{})),
            "refuses RUN_SUCCESS while STARTING: only a STARTED run can succeed");
  EXPECT_EQ(refusal(starting, event(StepStart{}, "a")),
            "refuses STEP_START of step \"a\" while STARTING: the run has not started");
  EXPECT_EQ(refusal(started, event(RunStart{})),
            "refuses RUN_START while STARTED: only a STARTING run can start");
  EXPECT_EQ(refusal(started, event(StepSuccess{}, "a")),
            "refuses STEP_SUCCESS of step \"a\" while STARTED: no step is running");
  EXPECT_EQ(refusal(started, event(StepFailure{}, "a")),
            "refuses STEP_FAILURE of step \"a\" while STARTED: no step is running");
  EXPECT_EQ(refusal(started, event(StepUpForRetry{}, "a")),
            "refuses STEP_UP_FOR_RETRY of step \"a\" while STARTED: no step has failed");
  EXPECT_EQ(refusal(started, event(RunCanceled{})),
            "refuses RUN_CANCELED while STARTED: nobody asked the run to stop");
  EXPECT_EQ(refusal(failed, event(RunSuccess{})),
            "refuses RUN_SUCCESS while STARTED: a step of the run has failed");
  EXPECT_EQ(refusal(canceling, event(RunCanceling{})),
            "refuses RUN_CANCELING while CANCELING: the run is being canceled already");
  EXPECT_EQ(refusal(canceling, event(RunSuccess{})),
            "refuses RUN_SUCCESS while CANCELING: only a STARTED run can succeed");
}

TEST(RunRecord, AfterTheEndOnlyMessages) {
  for (const auto& ended :
       {after({RunStarting{}, RunStart{}, RunSuccess{}}), after({RunStarting{}, RunFailure{}}),
        after({RunStarting{}, RunCanceling{}, RunCanceled{}})}) {
    for (const auto& body :
         std::vector<EventBody>{RunStart{}, RunFailure{}, StepStart{}, StepSuccess{}, StepOutput{},
                                ResourceTeardown{}, AssetMaterialization{}, RunStarting{}})
      EXPECT_NE(refusal(ended, event(body)).find("the run has ended"), std::string::npos);
    for (const auto& body :
         std::vector<EventBody>{LogMessage{}, EngineEvent{}, UnknownEvent{"X", "{}"}})
      EXPECT_EQ(refusal(ended, event(body)), "");
  }
}

TEST(RunStatus, HasNames) {
  for (const auto status : {RunStatus::Starting, RunStatus::Started, RunStatus::Canceling,
                            RunStatus::Success, RunStatus::Failure, RunStatus::Canceled})
    EXPECT_EQ(parse_run_status(to_string(status)).value(), status);
  EXPECT_EQ(parse_run_status("failure").value(), RunStatus::Failure);
  const auto bad = parse_run_status("failed");
  EXPECT_EQ(bad.error().code, ErrorCode::Config);
  EXPECT_EQ(bad.error().message,
            "\"failed\" is not a run status; expected one of STARTING, STARTED, CANCELING, "
            "SUCCESS, FAILURE, CANCELED");
}

TEST(OpOfStep, LeavesOutWhatIsInBrackets) {
  EXPECT_EQ(op_of_step("load"), "load");
  EXPECT_EQ(op_of_step("map[a].load[b]"), "map.load");
  EXPECT_EQ(op_of_step("map[a[x]].load"), "map.load");
  EXPECT_EQ(op_of_step("odd]name"), "odd]name");
  EXPECT_EQ(op_of_step(""), "");
}

}  // namespace
}  // namespace penstock

// What every EventLog must do, run over each store.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "penstock/store/memory_log.h"
#include "penstock/store/sqlite/sqlite_log.h"
#include "penstock/store/test_events.h"

namespace penstock {
namespace {

using namespace penstock::test;

enum class Store { Memory, Sqlite };

class EventLogContract : public ::testing::TestWithParam<Store> {
 protected:
  void SetUp() override {
    if (GetParam() == Store::Memory)
      log_ = std::make_unique<MemoryLog>();
    else
      log_ = SqliteLog::open(folder_.path()).value();
  }
  void append(std::vector<Event> events) { log_->append(std::move(events)); }
  void sync() { log_->sync().value(); }

  TemporaryFolder folder_;
  std::unique_ptr<EventLog> log_;
};

TEST_P(EventLogContract, EmptyLogHasNothing) {
  sync();
  EXPECT_TRUE(read_all(*log_).empty());
  EXPECT_TRUE(log_->runs({}).value().empty());
  EXPECT_TRUE(log_->op_history("etl").value().empty());
  EXPECT_TRUE(log_->assets("").value().empty());
  EXPECT_TRUE(log_->checks("").value().empty());
}

TEST_P(EventLogContract, GivesBackWhatWasAppended) {
  const auto run = run_id(1);
  append(begin_run(run, "etl", {{"team", "\"air\"\n\xC3\xBC"}}));
  Event failed = event(run,
                       StepFailure{.error = {.code = ErrorCode::Timeout,
                                             .message = "too slow",
                                             .context = {"a", "b"},
                                             .allow_retries = false},
                                   .metadata = {{"rows", 5}, {"rows", "twice"}}},
                       "load[a]");
  failed.attempt = 2;
  failed.level = LogLevel::Error;
  append({event(run, StepStart{}, "load[a]"), failed});
  sync();
  const auto events = read_all(*log_);
  ASSERT_EQ(types_of(events),
            (std::vector<std::string>{"RUN_STARTING", "RUN_START", "STEP_START", "STEP_FAILURE"}));
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].seq, i + 1);
  EXPECT_EQ(events[0].body.get<RunStarting>().tags.at("team"), "\"air\"\n\xC3\xBC");
  const auto& read = events[3];
  EXPECT_EQ(read.run, run);
  EXPECT_EQ(read.step, "load[a]");
  EXPECT_EQ(read.time, at(7));
  EXPECT_EQ(read.attempt, 2);
  EXPECT_EQ(read.level, LogLevel::Error);
  EXPECT_EQ(read.body.get<StepFailure>().error, failed.body.get<StepFailure>().error);
  EXPECT_EQ(read.body.get<StepFailure>().metadata, failed.body.get<StepFailure>().metadata);
}

TEST_P(EventLogContract, KeepsUnknownTypes) {
  append({event({}, UnknownEvent{"TEA_MADE", R"({"cups":2})"})});
  sync();
  const auto events = read_all(*log_, {.types = {"TEA_MADE"}});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].body.get<UnknownEvent>().payload, R"({"cups":2})");
  EXPECT_TRUE(events[0].run.empty());
}

TEST_P(EventLogContract, RestrictsWhatIsRead) {
  const auto one = run_id(1), two = run_id(2);
  append(begin_run(one));
  append(begin_run(two));
  append(run_step(one, "extract[ID]"));
  append(run_step(two, "extract[ID]"));
  append(run_step(one, "x"));
  sync();
  EXPECT_EQ(read_all(*log_, {.run = one}).size(), 8u);
  EXPECT_EQ(read_all(*log_, {.run = run_id(3)}).size(), 0u);
  EXPECT_EQ(read_all(*log_, {.run = one, .step = "extract[ID]"}).size(), 3u);
  EXPECT_EQ(read_all(*log_, {.step = "extract[ID]"}).size(), 6u);
  EXPECT_EQ(read_all(*log_, {.step = "x"}).size(), 3u);
  EXPECT_EQ(read_all(*log_, {.step = "y"}).size(), 0u);
  EXPECT_EQ(read_all(*log_, {.after = 10}).size(), 3u);
  EXPECT_EQ(types_of(read_all(*log_, {.run = two, .types = {"RUN_START", "STEP_SUCCESS"}})),
            (std::vector<std::string>{"RUN_START", "STEP_SUCCESS"}));
  const auto newest = read_all(*log_, {.limit = 2, .newest_first = true});
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].seq, 13u);
  EXPECT_EQ(newest[1].seq, 12u);
  EXPECT_EQ(newest[1].step, "x");
}

TEST_P(EventLogContract, StopsWhenToldTo) {
  append(begin_run(run_id(1)));
  sync();
  int visited = 0;
  ASSERT_TRUE(log_->read({}, [&](const Event&) { return ++visited < 1; }).ok());
  EXPECT_EQ(visited, 1);
}

TEST_P(EventLogContract, ReadsManyInOrderInBothDirections) {
  constexpr std::size_t kMany = 10'000;
  const auto run = run_id(1);
  append(begin_run(run));
  for (std::size_t i = 0; i < kMany; ++i)
    append({event(run, LogMessage{.text = std::to_string(i)}, "a_step")});
  sync();
  std::uint64_t expected = 3;
  for (const auto& each : read_all(*log_, {.types = {"LOG"}})) EXPECT_EQ(each.seq, expected++);
  EXPECT_EQ(expected, kMany + 3);
  for (const auto& each : read_all(*log_, {.types = {"LOG"}, .newest_first = true}))
    EXPECT_EQ(each.seq, --expected);
  EXPECT_EQ(expected, 3u);
  EXPECT_EQ(read_all(*log_, {.limit = 5000}).size(), 5000u);
}

TEST_P(EventLogContract, AVisitorMayUseTheLog) {
  append(begin_run(run_id(1)));
  sync();
  std::size_t seen = 0;
  const auto status = log_->read({}, [&](const Event& each) {
    append({event(each.run, LogMessage{.text = "seen"})});
    sync();
    seen += log_->runs({}).value().size();
    return true;
  });
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(seen, 2u) << "events appended while reading are not read";
}

TEST_P(EventLogContract, EventsAreFoundByTheirText) {
  append(begin_run(run_id(1)));
  append({event(run_id(1), LogMessage{.text = "one \"quoted\" word"}),
          event(run_id(1), LogMessage{.text = "another"}),
          event(run_id(1), EngineEvent{.text = "a word of the engine"})});
  sync();
  EXPECT_EQ(read_all(*log_, {.text = "word"}).size(), 2u);
  EXPECT_EQ(read_all(*log_, {.types = {"LOG"}, .text = "word"}).size(), 1u);
  EXPECT_EQ(read_all(*log_, {.text = R"(one \"quoted\")"}).size(), 1u) << "as in JSON";
  EXPECT_TRUE(read_all(*log_, {.text = "%"}).empty());
}

TEST_P(EventLogContract, RunsAreFoldsOfTheirEvents) {
  const auto one = run_id(1), two = run_id(2);
  append(begin_run(one));
  append(run_step(one, "extract"));
  append({event(one, RunSuccess{.peak_rss = 99})});
  append(begin_run(two, "other", {{"k", "v"}}));
  append({event(two, StepStart{}, "s")});
  sync();
  const auto runs = log_->runs({}).value();
  ASSERT_EQ(runs.size(), 2u);
  RunRecord expected;
  for (const auto& each : read_all(*log_, {.run = two})) ASSERT_TRUE(fold(expected, each).ok());
  EXPECT_EQ(runs[0], expected);
  EXPECT_EQ(runs[0].steps.running, 1);
  EXPECT_EQ(runs[1].status, RunStatus::Success);
  EXPECT_EQ(runs[1].steps.succeeded, 1);
  EXPECT_EQ(runs[1].peak_rss, 99);
}

TEST_P(EventLogContract, RestrictsWhichRunsAreListed) {
  for (std::uint64_t i = 1; i <= 6; ++i) append(begin_run(run_id(i), i % 2 ? "odd" : "even"));
  append({event(run_id(3), RunSuccess{})});
  sync();
  const auto ids = [&](const RunQuery& query) {
    std::vector<RunId> found;
    const auto runs = log_->runs(query).value();
    for (const auto& run : runs) found.push_back(run.id);
    return found;
  };
  EXPECT_EQ(ids({.job = "odd"}), (std::vector{run_id(5), run_id(3), run_id(1)}));
  EXPECT_EQ(ids({.job = "odd", .status = RunStatus::Started}), (std::vector{run_id(5), run_id(1)}));
  EXPECT_EQ(ids({.limit = 2}), (std::vector{run_id(6), run_id(5)}));
  EXPECT_EQ(ids({.before = run_id(5), .limit = 2}), (std::vector{run_id(4), run_id(3)}));
  EXPECT_TRUE(ids({.before = run_id(77)}).empty());
}

TEST_P(EventLogContract, FindsRunsByPartsOfTheirIds) {
  append(begin_run(run_id(1)));
  append(begin_run(run_id(2)));
  sync();
  const auto text = run_id(1).to_string();
  EXPECT_EQ(log_->find_run(text).value().id, run_id(1));
  EXPECT_EQ(log_->find_run(run_id(1).short_text()).value().id, run_id(1));
  EXPECT_EQ(log_->find_run(text.substr(30)).value().id, run_id(1));
  EXPECT_EQ(log_->find_run(text.substr(0, 20)).value().id, run_id(1));
  const auto several = log_->find_run(text.substr(0, 8));
  ASSERT_FALSE(several.ok());
  EXPECT_EQ(several.error().code, ErrorCode::Conflict);
  EXPECT_EQ(several.error().message,
            "\"" + text.substr(0, 8) + "\" is part of several run ids, such as " +
                run_id(1).to_string() + " and " + run_id(2).to_string() + "; give more digits");
  EXPECT_EQ(log_->find_run("abcdef01").error().message, "no run \"abcdef01\" in the log");
  for (const char* bad : {"", "12345", "nothex", "%%%%%%"}) {
    const auto found = log_->find_run(bad);
    ASSERT_FALSE(found.ok()) << bad;
    EXPECT_EQ(found.error().code, ErrorCode::NotFound);
    EXPECT_EQ(found.error().message, "no run \"" + std::string(bad) +
                                         "\"; expected a run id, or at least 6 hexadecimal digits "
                                         "of its beginning or end");
  }
}

TEST_P(EventLogContract, LearnsWhatOpsCost) {
  append(begin_run(run_id(1)));
  append(run_step(run_id(1), "state_year[ID].load[a]", 30));
  append(run_step(run_id(1), "state_year[ME].load[b]", 50));
  sync();
  append(run_step(run_id(1), "state_year[NV].load[c]", 10));
  append(begin_run(run_id(2), "other"));
  append(run_step(run_id(2), "state_year[ID].load[a]", 7));
  sync();
  const auto history = log_->op_history("etl").value();
  ASSERT_EQ(history.size(), 1u);
  EXPECT_EQ(history.at("state_year.load"),
            (OpHistory{3, 90, 50, {{5, 0, 0, 30}, {8, 0, 0, 50}, {11, 0, 0, 10}}}));
  EXPECT_EQ(log_->op_history("other").value().at("state_year.load"),
            (OpHistory{1, 7, 7, {{16, 0, 0, 7}}}));
}

TEST_P(EventLogContract, KeepsTheLatestSamplesOfWhatOpsCost) {
  append(begin_run(run_id(1)));
  for (std::int64_t n = 1; n <= 20; ++n) {
    append({event(run_id(1), StepStart{}, "load"),
            event(run_id(1), StepSuccess{.duration_us = n, .bytes_in = 2 * n, .bytes_out = 3 * n},
                  "load")});
    if (n % 6 == 0) sync();
  }
  append({event(run_id(1), StepStart{}, "load"),
          event(run_id(1), StepSuccess{.peak_rss = 500, .bytes_out = 3}, "load")});
  sync();
  const auto samples = log_->op_history("etl").value().at("load").samples;
  ASSERT_EQ(samples.size(), kOpSamples);
  EXPECT_EQ(samples.front(), (OpSample{14, 12, 18, 6}));
  EXPECT_EQ(samples.back(), (OpSample{44, 0, 500, 0}));
}

TEST_P(EventLogContract, RemembersTheLatestOfAssetsAndChecks) {
  const auto run = run_id(1);
  append(begin_run(run));
  append({event(run, AssetMaterialization{"hourly", "state=ID", "old.parquet", {}}),
          event(run, AssetMaterialization{"hourly", "state=AK", "ak.parquet", {}}),
          event(run, AssetCheckEvaluation{.asset = "hourly",
                                          .check = "rows",
                                          .partition = "state=ID",
                                          .severity = "WARN"})});
  sync();
  append({event(run, AssetMaterialization{"hourly", "state=ID", "new.parquet", {}}),
          event({}, AssetMaterialization{"other", "", "by-hand.csv", {}}),
          event(run, AssetCheckEvaluation{.asset = "hourly",
                                          .check = "rows",
                                          .partition = "state=ID",
                                          .passed = true,
                                          .severity = "WARN"})});
  sync();
  const std::vector<AssetRecord> hourly = {{"hourly", "state=AK", run, 4, at(7), "ak.parquet"},
                                           {"hourly", "state=ID", run, 6, at(7), "new.parquet"}};
  EXPECT_EQ(log_->assets("hourly").value(), hourly);
  EXPECT_EQ(log_->assets("").value().size(), 3u);
  EXPECT_EQ(log_->assets("other").value().at(0).run, RunId());
  const std::vector<CheckRecord> checks = {
      {"hourly", "rows", "state=ID", true, "WARN", run, 8, at(7)}};
  EXPECT_EQ(log_->checks("hourly").value(), checks);
  EXPECT_TRUE(log_->checks("other").value().empty());
  const auto record = log_->find_run(run.to_string()).value();
  EXPECT_EQ(record.checks_passed, 1);
  EXPECT_EQ(record.checks_warned, 1);
}

TEST_P(EventLogContract, LeavesOutWhatARunMayNotHave) {
  const auto run = run_id(1);
  append(begin_run(run));
  append({event(run, StepStart{}, "a"), event(run, RunStart{}), event(run, StepSuccess{}, "a")});
  const auto told = log_->sync();
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().code, ErrorCode::Conflict);
  EXPECT_EQ(told.error().message, "run " + run.to_string() +
                                      " refuses RUN_START while STARTED: only a STARTING run can "
                                      "start");
  EXPECT_TRUE(log_->sync().ok()) << "told once";
  append({event(run, RunSuccess{}), event(run, LogMessage{.text = "late"})});
  sync();
  EXPECT_EQ(types_of(read_all(*log_, {.after = 2})),
            (std::vector<std::string>{"STEP_START", "STEP_SUCCESS", "RUN_SUCCESS", "LOG"}));
  EXPECT_EQ(log_->runs({}).value().at(0).status, RunStatus::Success);
}

TEST_P(EventLogContract, FencesOffAttemptsThatWereGivenUp) {
  const auto run = run_id(1);
  const auto of_attempt = [&](std::int32_t attempt, EventBody body) {
    auto told = event(run, std::move(body), "load");
    told.attempt = attempt;
    return told;
  };
  append(begin_run(run));
  append({of_attempt(0, StepStart{}), of_attempt(0, StepFailure{}),
          of_attempt(0, StepUpForRetry{.next_attempt = 1}), of_attempt(1, StepStart{})});
  sync();
  append({of_attempt(0, AssetMaterialization{.asset = "late"})});
  EXPECT_EQ(
      log_->sync().error().message,
      "run " + run.to_string() +
          " refuses ASSET_MATERIALIZATION of step \"load\": it is of attempt 0, and attempt 1 "
          "has taken its place");
  append({of_attempt(1, AssetMaterialization{.asset = "kept"}), of_attempt(1, StepSuccess{})});
  sync();
  const auto assets = log_->assets("").value();
  ASSERT_EQ(assets.size(), 1u);
  EXPECT_EQ(assets[0].asset, "kept");
}

TEST_P(EventLogContract, ARunThatGoesOnInAnotherProcessRefusesTheLostOne) {
  auto& log = *log_;
  const auto run = run_id(1);
  log.append(begin_run(run));
  log.append({event(run, StepStart{}, "a")});
  auto resumed = event(run, RunResumed{.fence = 1, .pid = 77, .host = "there", .process = "p"});
  resumed.fence = 1;
  log.append({resumed});
  ASSERT_TRUE(log.sync().ok());
  const auto taken = log.find_run(run.to_string()).value();
  EXPECT_EQ(taken.fence, 1);
  EXPECT_EQ(taken.pid, 77);
  EXPECT_EQ(taken.host, "there");
  EXPECT_EQ(taken.process, "p");
  for (EventBody late : {EventBody(StepSuccess{}), EventBody(LogMessage{{}, "still here"}),
                         EventBody(RunResumed{.fence = 1})}) {
    log.append({event(run, late, "a")});
    const auto refused = log.sync();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::Conflict);
    EXPECT_NE(refused.error().message.find("another process goes on with the run"),
              std::string::npos)
        << refused.error().message;
  }
  resumed.body = StepFailure{};
  resumed.step = "a";
  log.append({resumed});
  EXPECT_TRUE(log.sync().ok());
  EXPECT_EQ(log.find_run(run.to_string()).value().steps.failed, 1);
}

TEST_P(EventLogContract, ManyThreadsMayWriteAndRead) {
  constexpr std::uint64_t kThreads = 4;
  constexpr int kSteps = 200;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 1; t <= kThreads; ++t) {
    threads.emplace_back([&, t] {
      append(begin_run(run_id(t)));
      for (int i = 0; i < kSteps; ++i) {
        append(run_step(run_id(t), "step_" + std::to_string(i)));
        if (i % 50 == 0 && !log_->sync().ok()) ++failures;
        if (i % 70 == 0 && !log_->runs({}).ok()) ++failures;
      }
      append({event(run_id(t), RunSuccess{})});
    });
  }
  for (auto& thread : threads) thread.join();
  sync();
  EXPECT_EQ(failures, 0);
  const auto events = read_all(*log_);
  EXPECT_EQ(events.size(), kThreads * (3 + 3 * kSteps));
  const auto runs = log_->runs({}).value();
  ASSERT_EQ(runs.size(), kThreads);
  for (const auto& run : runs) {
    EXPECT_EQ(run.status, RunStatus::Success);
    EXPECT_EQ(run.steps.succeeded, kSteps);
    EXPECT_EQ(run.steps.running, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, EventLogContract, ::testing::Values(Store::Memory, Store::Sqlite),
                         [](const auto& store) {
                           return store.param == Store::Memory ? "Memory" : "Sqlite";
                         });

}  // namespace
}  // namespace penstock

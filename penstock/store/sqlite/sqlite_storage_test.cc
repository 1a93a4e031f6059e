// Looking after a log in a file: deletion, checks, copies, room.
#include "penstock/store/sqlite/sqlite_storage.h"

#include <gtest/gtest.h>

#include "penstock/event/lost_run.h"
#include "penstock/store/sqlite/database.h"
#include "penstock/store/sqlite/sqlite_log.h"
#include "penstock/store/test_events.h"

namespace penstock {
namespace {

using namespace penstock::test;

class StorageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    log_ = SqliteLog::open(home_.path()).value();
    storage_ = SqliteStorage::open(home_.path()).value();
  }
  // A run that made one partition, checked it and ended.
  void add_run(std::uint64_t n, const std::string& partition) {
    const auto run = run_id(n);
    log_->append(begin_run(run));
    log_->append(
        {event(run, StepStart{}, "map[a].load"),
         event(run, AssetMaterialization{.asset = "hourly", .partition = partition}, "map[a].load"),
         event(run,
               AssetCheckEvaluation{
                   .asset = "hourly", .check = "rows", .partition = partition, .passed = true},
               "map[a].load"),
         event(run, StepSuccess{.duration_us = std::int64_t(10 * n)}, "map[a].load"),
         event(run, RunSuccess{})});
    log_->sync().value();
  }
  void execute(const char* sql) {
    auto database = detail::Database::open(storage_->file(), std::chrono::seconds(60)).value();
    database->execute(sql).value();
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> kinds;
    const auto findings = storage_->check().value();
    for (const auto& finding : findings) kinds.push_back(finding.kind);
    return kinds;
  }

  TemporaryFolder home_;
  std::unique_ptr<SqliteLog> log_;
  std::unique_ptr<SqliteStorage> storage_;
};

TEST_F(StorageTest, DeletedRunLeavesLatestRecordsAndWhatItsOpsCost) {
  add_run(1, "a");
  add_run(2, "b");
  const auto ops = log_->op_history("etl").value();
  EXPECT_EQ(storage_->delete_run(run_id(1), "test", at(99)).value(), 5);

  EXPECT_EQ(log_->runs({}).value().size(), 1u);
  EXPECT_EQ(log_->op_history("etl").value(), ops);
  const auto assets = log_->assets("hourly").value();
  ASSERT_EQ(assets.size(), 2u);
  EXPECT_EQ(assets[0].run, run_id(1));
  const auto left = read_all(*log_, {.run = run_id(1)});
  EXPECT_EQ(types_of(left),
            (std::vector<std::string>{"ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION"}));
  EXPECT_EQ(left.at(0).step, "map[a].load") << "its step key was in a deleted row";
  const auto deleted = read_all(*log_, {.types = {"RUN_DELETED"}});
  ASSERT_EQ(deleted.size(), 1u);
  EXPECT_EQ(deleted[0].body.get<RunDeleted>().run, run_id(1).to_string());

  EXPECT_EQ(kinds(), std::vector<std::string>{}) << "a fold of what is left gives the same";
  storage_->rebuild_projections().value();
  EXPECT_EQ(log_->op_history("etl").value(), ops);
  EXPECT_EQ(log_->assets("hourly").value(), assets);
}

TEST_F(StorageTest, DeletesOnceAndOnlyWhatHasEnded) {
  add_run(1, "a");
  log_->append(begin_run(run_id(2)));
  log_->sync().value();
  EXPECT_EQ(
      storage_->delete_run(run_id(2), "test", at(9)).error().message,
      "run " + run_id(2).to_string() + " is STARTED: only runs that have ended can be deleted");
  storage_->delete_run(run_id(1), "test", at(9)).value();
  EXPECT_EQ(storage_->delete_run(run_id(1), "test", at(9)).error().code, ErrorCode::NotFound);
  log_->append({event(run_id(1), LogMessage{.text = "late"})});
  EXPECT_EQ(log_->sync().error().message,
            "run " + run_id(1).to_string() + " refuses LOG: it has been deleted");
}

TEST_F(StorageTest, PositionsOfDeletedEventsAreNotGivenAgain) {
  add_run(1, "");
  const auto last = read_all(*log_).back().seq;
  storage_->delete_run(run_id(1), "test", at(9)).value();
  log_->append(begin_run(run_id(2)));
  log_->sync().value();
  EXPECT_EQ(read_all(*log_, {.run = run_id(2)}).front().seq, last + 2);
}

TEST_F(StorageTest, ChecksFindWhatDiffersFromTheEvents) {
  add_run(1, "a");
  EXPECT_EQ(kinds(), std::vector<std::string>{});
  execute(
      "UPDATE run_states SET failed = 7; DELETE FROM op_history;"
      "UPDATE events SET payload = '{' WHERE seq = 4");
  EXPECT_EQ(kinds(), (std::vector<std::string>{"unreadable_event", "wrong_projection",
                                               "wrong_projection", "wrong_projection"}));
  storage_->rebuild_projections().value();
  EXPECT_EQ(kinds(), std::vector<std::string>{"unreadable_event"});
}

TEST_F(StorageTest, TellsItsVersionAndThatOfTheProgram) {
  const auto versions = storage_->versions().value();
  EXPECT_EQ(versions.found, versions.now);
  execute("PRAGMA user_version = 900");
  EXPECT_EQ(storage_->versions().value().found, 900);
  EXPECT_EQ(storage_->versions().value().now, versions.now);
}

TEST_F(StorageTest, ACopyOpensAndHasWhatWasThere) {
  add_run(1, "a");
  const TemporaryFolder other;
  const auto copy = other.path() / "penstock.db";
  storage_->back_up(copy).value();
  add_run(2, "b");
  EXPECT_EQ(SqliteLog::open(other.path()).value()->runs({}).value().size(), 1u);
  EXPECT_EQ(storage_->back_up(copy).error().message,
            copy.string() + " exists already; name a new file");
}

TEST_F(StorageTest, CompactingGivesRoomBack) {
  log_->append(begin_run(run_id(1)));
  for (int i = 0; i < 2000; ++i)
    log_->append({event(run_id(1), LogMessage{.text = std::string(1000, 'x')})});
  log_->append({event(run_id(1), RunFailure{})});
  log_->sync().value();
  storage_->delete_run(run_id(1), "test", at(9)).value();
  const auto before = storage_->room().value();
  EXPECT_GT(before.unused, 1'000'000);
  const auto after = storage_->compact().value();
  EXPECT_EQ(after.unused, 0);
  EXPECT_LT(after.size, before.size - 1'000'000);
  add_run(2, "a");
  EXPECT_EQ(kinds(), std::vector<std::string>{});
}

TEST_F(StorageTest, ALostRunIsEndedOnce) {
  const auto run = run_id(1);
  log_->append(begin_run(run));
  log_->append(run_step(run, "a"));
  log_->append({event(run, StepStart{}, "b")});
  log_->sync().value();
  const auto lost = LostRun::read(*log_, log_->find_run(run.to_string()).value()).value();
  auto other = SqliteLog::open(home_.path()).value();
  EXPECT_TRUE(end_run(*log_, lost.end_as_lost(at(99))).value());
  EXPECT_FALSE(end_run(*other, lost.end_as_lost(at(99))).value());
  EXPECT_FALSE(end_run(*other, lost.end_as_canceled(at(99), "force")).value());
  const auto record = log_->find_run(run.to_string()).value();
  EXPECT_EQ(record.status, RunStatus::Failure);
  EXPECT_EQ(record.failure_reason, "WORKER_LOST");
  EXPECT_EQ(record.error,
            "process 42 on here ended before the run did; 1 step was running; last "
            "came STEP_START of step \"b\" at 2023-11-14T22:13:20.000007Z");
  EXPECT_EQ(record.steps.failed, 1);
  EXPECT_EQ(record.steps.succeeded, 1);
  EXPECT_EQ(read_all(*log_, {.types = {"STEP_FAILURE", "RUN_FAILURE"}}).size(), 2u);
}

TEST_F(StorageTest, ALogThatCannotBeWrittenIsNotHealthy) {
  const TemporaryFolder home;
  auto log = SqliteLog::open(home.path(), {.max_bytes = 256 * 1024}).value();
  EXPECT_TRUE(log->healthy());
  log->append(begin_run(run_id(1)));
  for (int i = 0; i < 400; ++i)
    log->append({event(run_id(1), LogMessage{.text = std::string(1000, 'x')})});
  EXPECT_FALSE(log->sync().ok());
  EXPECT_FALSE(log->healthy());
}

}  // namespace
}  // namespace penstock

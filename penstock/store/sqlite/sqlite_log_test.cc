// What only a log in a file must do: outlive its process, share its file, refuse, migrate, mend.
#include "penstock/store/sqlite/sqlite_log.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "penstock/base/files.h"
#include "penstock/event/lost_run.h"
#include "penstock/store/sqlite/database.h"
#include "penstock/store/sqlite/schema.h"
#include "penstock/store/sqlite/sqlite_storage.h"
#include "penstock/store/test_events.h"

namespace penstock {
namespace {

using namespace penstock::test;
using detail::Database;

constexpr std::chrono::seconds kPatience{60};

std::unique_ptr<SqliteLog> open_log(const TemporaryFolder& home, SqliteOptions options = {}) {
  return SqliteLog::open(home.path(), options).value();
}

// Runs SQL on the file of a log that nobody has open.
void execute(const TemporaryFolder& home, const char* sql) {
  auto database = Database::open(home.path() / "penstock.db", kPatience).value();
  database->execute(sql).value();
}

// Runs `work` in a child; its exit code is what `work` returns.
pid_t in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  return child;
}

int status_of(pid_t child) {
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

std::vector<Event> log_line(RunId run, int n) {
  return {event(run, LogMessage{.text = std::to_string(n)})};
}

TEST(SqliteLog, OutlivesItsObject) {
  const TemporaryFolder home;
  open_log(home)->append(begin_run(run_id(1)));
  auto log = open_log(home);
  EXPECT_EQ(read_all(*log).size(), 2u) << "the destructor commits what waits";
  log->append(run_step(run_id(1), "extract"));
  log->sync().value();
  const auto events = read_all(*log);
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[4].seq, 5u);
  EXPECT_EQ(log->runs({}).value().at(0).steps.succeeded, 1);
}

TEST(SqliteLog, OfTwoProcessesThatTakeAFenceOneMayWriteUnderIt) {
  const TemporaryFolder home;
  const auto first = open_log(home), second = open_log(home);
  first->append(begin_run(run_id(1)));
  first->append({event(run_id(1), StepStart{}, "a")});
  ASSERT_TRUE(first->sync().ok());
  const auto lost = LostRun::read(*first, first->find_run(run_id(1).to_string()).value()).value();
  ASSERT_TRUE(claim_run(*first, lost.claim(Time{}, {.pid = 1})).ok());
  EXPECT_EQ(claim_run(*second, lost.claim(Time{}, {.pid = 2})).error().code, ErrorCode::Conflict);
  const std::unordered_map<std::string, std::int32_t> attempts;
  for (auto* log : {second.get(), first.get()}) {
    log->append(lost.restart(Time{}, {attempts}));
    const auto written = log->sync();
    EXPECT_EQ(written.ok(), log == first.get());
  }
  EXPECT_EQ(first->find_run(run_id(1).to_string()).value().pid, 1);
  EXPECT_EQ(read_all(*first).size(), 6u) << "RUN_RESUMED, STEP_FAILURE and STEP_UP_FOR_RETRY once";
}

TEST(SqliteLog, WhatWasSyncedSurvivesAKill) {
  const TemporaryFolder home;
  constexpr int kSynced = 500;
  const auto child = in_child([&] {
    auto log = open_log(home);
    log->append(begin_run(run_id(1)));
    for (int i = 0; i < kSynced; ++i) log->append(log_line(run_id(1), i));
    if (!log->sync().ok()) return 1;
    for (int i = kSynced; i < 20 * kSynced; ++i) log->append(log_line(run_id(1), i));
    ::kill(::getpid(), SIGKILL);
    return 2;
  });
  const int status = status_of(child);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  auto log = open_log(home);
  const auto events = read_all(*log, {.types = {"LOG"}});
  EXPECT_GE(events.size(), std::size_t(kSynced));
  for (std::size_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(events[i].seq, i + 3);
    ASSERT_EQ(events[i].body.get<LogMessage>().text, std::to_string(i));
  }
  EXPECT_EQ(log->runs({}).value().at(0).status, RunStatus::Started);
}

TEST(SqliteLog, ManyProcessesAndThreadsMayWriteAtOnce) {
  const TemporaryFolder home;
  constexpr std::uint64_t kProcesses = 8, kThreads = 8;
  constexpr int kSteps = 20;
  const auto write_runs = [&](std::uint64_t process) {
    auto log = SqliteLog::open(home.path());
    if (!log.ok()) return 1;
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, run = run_id(process * kThreads + t + 1)] {
        (*log)->append(begin_run(run));
        for (int i = 0; i < kSteps; ++i) {
          (*log)->append(run_step(run, "step_" + std::to_string(i)));
          if (i % 5 == 0 && !(*log)->sync().ok()) ++failures;
        }
        (*log)->append({event(run, RunSuccess{})});
        if (!(*log)->sync().ok() || !(*log)->find_run(run.to_string()).ok()) ++failures;
      });
    }
    for (auto& thread : threads) thread.join();
    return failures == 0 ? 0 : 2;
  };
  std::vector<pid_t> children;
  for (std::uint64_t p = 0; p < kProcesses; ++p)
    children.push_back(in_child([&] { return write_runs(p); }));
  for (const auto child : children) EXPECT_EQ(status_of(child), 0);

  auto log = open_log(home);
  const auto events = read_all(*log);
  ASSERT_EQ(events.size(), kProcesses * kThreads * (3 + 3 * kSteps));
  for (std::size_t i = 0; i < events.size(); ++i) ASSERT_EQ(events[i].seq, i + 1);
  const auto runs = log->runs({}).value();
  ASSERT_EQ(runs.size(), kProcesses * kThreads);
  for (const auto& run : runs) {
    EXPECT_EQ(run.status, RunStatus::Success);
    EXPECT_EQ(run.steps.succeeded, kSteps);
  }
}

TEST(SqliteLog, AnotherLogsEventsOfTheSameRunAreSeen) {
  const TemporaryFolder home;
  auto one = open_log(home), two = open_log(home);
  one->append(begin_run(run_id(1)));
  one->append({event(run_id(1), StepStart{}, "extract")});
  one->sync().value();
  two->append({event(run_id(1), StepSuccess{}, "extract"), event(run_id(1), RunFailure{})});
  two->sync().value();
  one->append({event(run_id(1), StepStart{}, "load")});
  EXPECT_EQ(one->sync().error().message,
            "run " + run_id(1).to_string() +
                " refuses STEP_START of step \"load\" while FAILURE: the run has ended");
  EXPECT_EQ(types_of(read_all(*one)),
            (std::vector<std::string>{"RUN_STARTING", "RUN_START", "STEP_START", "STEP_SUCCESS",
                                      "RUN_FAILURE"}));
}

TEST(SqliteLog, WaitsForWhoeverHoldsTheFileThenSaysSo) {
  const TemporaryFolder home;
  auto log = open_log(home, {.lock_timeout = std::chrono::milliseconds(20)});
  auto other = Database::open(home.path() / "penstock.db", kPatience).value();
  auto holder = detail::Transaction::begin(*other).value();
  log->append(begin_run(run_id(1)));
  const auto status = log->sync();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::Exhausted);
  EXPECT_EQ(status.error().message,
            "event log " + log->file().string() +
                " has been held by another process for too long; look for one that is stopped");
  EXPECT_TRUE(read_all(*log).empty()) << "readers are not held up";
}

TEST(SqliteLog, AFullDiskIsToldAndLosesNothingAcknowledged) {
  const TemporaryFolder home;
  auto log = open_log(home, {.max_bytes = 256 * 1024});
  log->append(begin_run(run_id(1)));
  log->sync().value();
  const std::string text(1000, 'x');
  std::size_t acknowledged = 2;
  Status status;
  while (status.ok()) {
    log->append({event(run_id(1), LogMessage{.text = text})});
    status = log->sync();
    if (status.ok()) ++acknowledged;
  }
  EXPECT_EQ(status.error().code, ErrorCode::Exhausted);
  EXPECT_EQ(status.error().message, "event log " + log->file().string() +
                                        " cannot grow: the disk or its limit is full; free some "
                                        "space and start again");
  log->append({event(run_id(1), LogMessage{.text = "small"})});
  EXPECT_EQ(log->sync().error(), status.error()) << "the failure stays";
  EXPECT_EQ(read_all(*log).size(), acknowledged);
  log = open_log(home);
  EXPECT_EQ(read_all(*log).size(), acknowledged);
  EXPECT_GT(acknowledged, 100u);
}

TEST(SqliteLog, AWriteErrorIsToldAndLosesNothingAcknowledged) {
  const TemporaryFolder home;
  open_log(home)->append(begin_run(run_id(1)));
  const auto child = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    auto log = open_log(home);
    const rlimit limit{300 * 1024, 300 * 1024};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    for (int i = 0; i < 1000; ++i) {
      log->append({event(run_id(1), LogMessage{.text = std::string(1000, 'x')})});
      const auto status = log->sync();
      if (status.ok()) continue;
      const auto expected = "event log " + log->file().string() + " cannot be read or written: ";
      const bool told = status.error().code == ErrorCode::Io &&
                        status.error().message ==
                            expected +
                                "disk I/O error; see that its folder may be written and that the "
                                "disk is sound and has room";
      return told && i > 10 && read_all(*log).size() == std::size_t(i + 2) ? 0 : 2;
    }
    return 3;
  });
  EXPECT_EQ(status_of(child), 0);
  EXPECT_GT(read_all(*open_log(home)).size(), 12u);
}

TEST(SqliteLog, AnUnreadableHomeIsTold) {
  const TemporaryFolder home;
  std::ofstream(home.path() / "file") << "not a folder";
  EXPECT_FALSE(SqliteLog::open(home.path() / "file").ok());
  std::ofstream(home.path() / "penstock.db") << std::string(5000, '?');
  const auto log = SqliteLog::open(home.path());
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, ErrorCode::Corrupt);
  EXPECT_EQ(log.error().message, "event log " + (home.path() / "penstock.db").string() +
                                     " is damaged (file is not a database); restore it from a "
                                     "copy");
}

TEST(SqliteLog, ATornLogOfWritesLosesOnlyItsEnd) {
  const TemporaryFolder home;
  const TemporaryFolder copy;
  {
    auto log = open_log(home);
    log->append(begin_run(run_id(1)));
    for (int i = 0; i < 50; ++i) {
      log->append(log_line(run_id(1), i));
      log->sync().value();
    }
    // Copied while it is open: the events are still in the log of writes.
    for (const char* name : {"penstock.db", "penstock.db-wal"})
      std::filesystem::copy_file(home.path() / name, copy.path() / name);
  }
  const auto wal = copy.path() / "penstock.db-wal";
  const auto size = std::filesystem::file_size(wal);
  std::filesystem::resize_file(wal, size - 5000);
  auto log = open_log(copy);
  const auto events = read_all(*log, {.types = {"LOG"}});
  ASSERT_GT(events.size(), 30u);
  ASSERT_LT(events.size(), 50u);
  for (std::size_t i = 0; i < events.size(); ++i)
    EXPECT_EQ(events[i].body.get<LogMessage>().text, std::to_string(i));
  log->append(log_line(run_id(1), 77));
  EXPECT_TRUE(log->sync().ok());
}

TEST(SqliteLog, AnEventThatCannotBeDecodedIsSkippedAndReported) {
  const TemporaryFolder home;
  {
    auto log = open_log(home);
    log->append(begin_run(run_id(1)));
    log->append(run_step(run_id(1), "extract"));
    log->append(run_step(run_id(1), "transform"));
    log->append({event(run_id(1), LogMessage{.text = "end"})});
  }
  execute(home,
          "UPDATE events SET payload = '{\"worker\":' WHERE seq = 3;"
          "UPDATE events SET payload = '{\"bytes\":\"many\"}' WHERE seq = 4;"
          "UPDATE events SET step = 6 WHERE seq = 7;"
          "UPDATE events SET level = 9 WHERE seq = 8;"
          "UPDATE events SET type = 99, run = 98 WHERE seq = 9;");
  auto log = open_log(home);
  std::vector<std::uint64_t> seqs;
  for (const auto& each : read_all(*log)) seqs.push_back(each.seq);
  EXPECT_EQ(seqs, (std::vector<std::uint64_t>{1, 2, 5, 6}));
  const auto skipped = log->quarantined();
  ASSERT_EQ(skipped.size(), 5u);
  EXPECT_EQ(skipped[0].seq, 3u);
  EXPECT_EQ(skipped[0].why, "payload of STEP_START cannot be read: it is not JSON");
  EXPECT_EQ(skipped[1].why,
            "payload of STEP_OUTPUT cannot be read: field \"bytes\" has an unexpected type");
  EXPECT_EQ(skipped[2].why, "the row with its step key is missing");
  EXPECT_EQ(skipped[3].why, "its level is unknown");
  EXPECT_EQ(skipped[4].why, "its run is not in run_ids");
  EXPECT_TRUE(log->rebuild_projections().ok());
}

TEST(SqliteLog, RebuiltProjectionsEqualTheOldOnes) {
  const TemporaryFolder home;
  auto log = open_log(home);
  for (std::uint64_t r = 1; r <= 5; ++r) {
    const auto run = run_id(r);
    log->append(begin_run(run, r % 2 ? "odd" : "even", {{"n", std::to_string(r)}}));
    log->append(run_step(run, "map[a].load", static_cast<std::int64_t>(10 * r)));
    log->append({event(run, StepStart{}, "b"), event(run, StepFailure{}, "b"),
                 event(run, StepUpForRetry{}, "b"), event(run, StepStart{}, "b"),
                 event(run, AssetMaterialization{.asset = "hourly", .path = std::to_string(r)}),
                 event(run, AssetCheckEvaluation{.asset = "hourly", .check = "rows"})});
    log->sync().value();
    log->append({event(run, RunFailure{.reason = "STEP_FAILURE", .error = {.message = "x"}})});
  }
  log->sync().value();
  const auto runs = log->runs({}).value();
  const auto ops = log->op_history("odd").value();
  const auto assets = log->assets("").value();
  const auto checks = log->checks("").value();
  ASSERT_EQ(runs.size(), 5u);
  ASSERT_EQ(ops.at("map.load"),
            (OpHistory{3, 90, 50, {{5, 0, 0, 10}, {29, 0, 0, 30}, {53, 0, 0, 50}}}));
  ASSERT_EQ(assets.size() + checks.size(), 2u);

  execute(home,
          "UPDATE run_states SET failed = 77; DELETE FROM op_history; DELETE FROM op_samples;"
          "UPDATE asset_partitions SET path = 'wrong'; DELETE FROM check_results;");
  ASSERT_NE(log->runs({}).value(), runs);
  ASSERT_TRUE(log->rebuild_projections().ok());
  EXPECT_EQ(log->runs({}).value(), runs);
  EXPECT_EQ(log->op_history("odd").value(), ops);
  EXPECT_EQ(log->assets("").value(), assets);
  EXPECT_EQ(log->checks("").value(), checks);
  log->append({event(run_id(9), RunStarting{})});
  EXPECT_TRUE(log->sync().ok());
  EXPECT_EQ(log->runs({}).value().size(), 6u);
}

TEST(SqliteLog, RefusesAFileOfANewerVersion) {
  const TemporaryFolder home;
  open_log(home)->append(begin_run(run_id(1)));
  execute(home, "PRAGMA user_version = 900");
  const auto log = SqliteLog::open(home.path());
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, ErrorCode::Refused);
  EXPECT_EQ(log.error().message, "event log " + (home.path() / "penstock.db").string() +
                                     " has version 900 and this program reads versions up to 4; "
                                     "use the newer program that wrote it");
}

// A database of another program in the place of the log, made with these statements.
void make_database(const TemporaryFolder& home, const char* sql) {
  auto database = Database::open(home.path() / "penstock.db", kPatience).value();
  database->execute(sql).value();
  database->checkpoint(true);
}

TEST(SqliteLog, RefusesTheDatabaseOfAnotherProgramAndLeavesItAsItIs) {
  for (const char* sql :
       {"CREATE TABLE films (title TEXT); INSERT INTO films VALUES ('Alien');",
        "CREATE TABLE films (title TEXT); PRAGMA user_version = 4;",
        "PRAGMA journal_mode = DELETE; CREATE TABLE events (seq INTEGER PRIMARY KEY);",
        "PRAGMA application_id = 252006675; CREATE TABLE vectors (x);",
        "CREATE TABLE events (a); CREATE TABLE event_types (a); CREATE TABLE run_ids (a);"
        "CREATE TABLE runs (a); CREATE TABLE migrations (a); PRAGMA application_id = 7;"}) {
    const TemporaryFolder home;
    make_database(home, sql);
    const auto file = home.path() / "penstock.db";
    const auto before = read_file(file).value();
    const auto expected = file.string() +
                          " is not a Penstock event log: it is the SQLite database of another "
                          "program, and was left unchanged; name another home folder, or move it";
    const auto log = SqliteLog::open(home.path());
    ASSERT_FALSE(log.ok()) << sql;
    EXPECT_EQ(log.error().code, ErrorCode::Refused);
    EXPECT_EQ(log.error().message, expected);
    auto storage = SqliteStorage::open(home.path(), kPatience).value();
    EXPECT_EQ(storage->migrate().error().message, expected);
    EXPECT_EQ(storage->check().error().message, expected);
    EXPECT_EQ(storage->compact().error().message, expected);
    EXPECT_EQ(storage->rebuild_projections().error().message, expected);
    EXPECT_EQ(read_file(file).value(), before) << sql;
    using Entries = std::filesystem::directory_iterator;
    EXPECT_EQ(std::distance(Entries(home.path()), Entries()), 1) << "nothing beside it";
  }
}

TEST(SqliteLog, ALogIsMarkedAndOneWithoutTheMarkIsKnownByItsTables) {
  const TemporaryFolder home;
  open_log(home)->append(begin_run(run_id(1)));
  {
    auto database = Database::open(home.path() / "penstock.db", kPatience).value();
    EXPECT_EQ(database->query_int("PRAGMA application_id").value(), detail::kApplicationId);
  }
  execute(home, "PRAGMA application_id = 0");
  EXPECT_EQ(open_log(home)->runs({}).value().size(), 1u);
  const TemporaryFolder empty;
  std::ofstream(empty.path() / "penstock.db").flush();
  EXPECT_TRUE(SqliteLog::open(empty.path()).ok()) << "an empty file becomes a log";
}

TEST(SqliteLog, AFileThatIsRemovedOrReplacedIsAnError) {
  using Change = std::function<void(const std::filesystem::path& home)>;
  const Change changes[] = {
      [](const auto& home) { std::filesystem::remove_all(home); },
      [](const auto& home) { std::filesystem::rename(home, home.string() + ".moved"); },
      [](const auto& home) { std::filesystem::remove(home / "penstock.db"); },
      [](const auto& home) { std::filesystem::remove(home / "penstock.db-wal"); },
      [](const auto& home) {
        for (const char* name : {"penstock.db", "penstock.db-wal", "penstock.db-shm"})
          std::filesystem::remove(home / name);
        SqliteLog::open(home).value()->append(begin_run(run_id(9)));
      }};
  for (const auto& change : changes) {
    const TemporaryFolder folder;
    const auto home = folder.path() / "home";
    auto log = SqliteLog::open(home).value();
    log->append(begin_run(run_id(1)));
    ASSERT_TRUE(log->sync().ok());
    change(home);
    log->append({event(run_id(1), RunSuccess{})});
    const auto status = log->sync();
    ASSERT_FALSE(status.ok()) << "case " << &change - changes;
    EXPECT_EQ(status.error().code, ErrorCode::Io);
    EXPECT_EQ(status.error().message,
              "event log " + (home / "penstock.db").string() +
                  " was removed or replaced while it was in use: what this process recorded is "
                  "lost; leave the home folder in place until its runs have ended");
    EXPECT_FALSE(log->healthy());
  }
}

TEST(SqliteLog, ReadingFollowsAFileThatTookThePlaceOfAnother) {
  const TemporaryFolder home;
  auto log = open_log(home);
  log->append(begin_run(run_id(1)));
  ASSERT_EQ(log->sync().ok() && log->find_run(run_id(1).to_string()).ok(), true);
  for (const char* name : {"penstock.db", "penstock.db-wal", "penstock.db-shm"})
    std::filesystem::remove(home.path() / name);
  open_log(home)->append(begin_run(run_id(2)));
  EXPECT_TRUE(log->find_run(run_id(2).to_string()).ok());
  EXPECT_FALSE(log->find_run(run_id(1).to_string()).ok());
}

// The page describes the file as this program writes it.
TEST(SqliteLog, ThePageOfTheFormatNamesTheVersionAndEveryColumn) {
  const char* root = std::getenv("PENSTOCK_SOURCE_DIR");
  const auto page =
      read_file(std::filesystem::path(root ? root : ".") / "docs/formats/event-log.md").value();
  const auto version = std::to_string(detail::migrations().back().version);
  EXPECT_NE(page.find("Version " + version + " (`PRAGMA user_version`)"), std::string::npos);
  char id[16];
  std::snprintf(id, sizeof id, "0x%08X", static_cast<unsigned>(detail::kApplicationId));
  EXPECT_NE(page.find("`PRAGMA application_id` is " + std::string(id)), std::string::npos);

  const TemporaryFolder home;
  open_log(home);
  auto database = Database::open(home.path() / "penstock.db", kPatience).value();
  auto row = detail::Statement::prepare(
                 *database,
                 "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c"
                 " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'")
                 .value();
  int columns = 0;
  for (; row.step().value(); ++columns) {
    const std::string table(row.column_text(0)), column(row.column_text(1));
    const auto at = page.find("| `" + table + "` |");
    ASSERT_NE(at, std::string::npos) << table;
    // Rows of the same table leave the first cell empty.
    auto end = page.find("\n| `", at);
    end = std::min(end, page.find("\n\n", at));
    const auto rows = page.substr(at, end - at);
    const auto is_word = [&](std::size_t found) {
      const auto is_part = [&](std::size_t i) {
        return i < rows.size() && (std::isalnum(static_cast<unsigned char>(rows[i])) != 0 ||
                                   rows[i] == '_');
      };
      return !is_part(found - 1) && !is_part(found + column.size());
    };
    auto found = rows.find(column);
    while (found != rows.npos && !is_word(found)) found = rows.find(column, found + 1);
    EXPECT_NE(found, rows.npos) << table << "." << column;
  }
  EXPECT_GT(columns, 60);
}

// A file as the first release wrote it, event for event: every later version must read it.
constexpr const char* kVersion1Rows = R"sql(
INSERT INTO event_types VALUES (1, 'RUN_STARTING'), (2, 'RUN_START'), (3, 'STEP_START'),
  (4, 'STEP_SUCCESS'), (5, 'TEA_MADE');
INSERT INTO run_ids VALUES (1, x'018bcfe568007abc8abcdef012345678', 1700000000000000, 1, 5);
INSERT INTO events VALUES
  (1, 0, 1, 1, NULL, 0, 1, '{"job":"etl","tags":{"team":"air"},"pid":7}'),
  (2, 10, 1, 2, NULL, 0, 1, NULL),
  (3, 20, 1, 3, 'map[a].load', 0, 1, '{"worker":1}'),
  (4, 30, 1, 4, 1, 0, 1, '{"duration_us":10}'),
  (5, 40, 1, 5, NULL, 0, 1, '{"cups":2}');
)sql";

TEST(SqliteLog, ReadsAFileOfVersion1) {
  const TemporaryFolder home;
  {
    auto database = Database::open(home.path() / "penstock.db", kPatience).value();
    detail::migrate(*database, detail::migrations().first(1)).value();
    database->execute(kVersion1Rows).value();
  }
  auto log = open_log(home);
  const auto events = read_all(*log);
  ASSERT_EQ(types_of(events), (std::vector<std::string>{"RUN_STARTING", "RUN_START", "STEP_START",
                                                        "STEP_SUCCESS", "TEA_MADE"}));
  EXPECT_EQ(events[3].step, "map[a].load");
  EXPECT_EQ(events[3].time, Time(Micros(1'700'000'000'000'030)));
  const auto run = log->find_run("12345678").value();
  EXPECT_EQ(run.job, "etl");
  EXPECT_EQ(run.tags.at("team"), "air");
  EXPECT_EQ(run.steps.succeeded, 1);
  EXPECT_EQ(log->op_history("etl").value().at("map.load"), (OpHistory{1, 10, 10, {{4, 0, 0, 10}}}));
}

TEST(Migrations, RunInOrderAndOnce) {
  const TemporaryFolder home;
  auto database = Database::open(home.path() / "x.db", kPatience).value();
  const detail::Migration steps[] = {
      {1, "CREATE TABLE t (x)"}, {2, "INSERT INTO t VALUES (2)"}, {3, "INSERT INTO t VALUES (3)"}};
  ASSERT_TRUE(detail::migrate(*database, std::span(steps).first(2)).ok());
  ASSERT_TRUE(detail::migrate(*database, steps).ok());
  ASSERT_TRUE(detail::migrate(*database, steps).ok());
  EXPECT_EQ(database->query_int("SELECT sum(x) FROM t").value(), 5);
  EXPECT_EQ(database->query_int("PRAGMA user_version").value(), 3);
  EXPECT_FALSE(detail::migrate(*database, std::span(steps).first(2)).ok());
}

TEST(Migrations, OneThatFailsChangesNothing) {
  const TemporaryFolder home;
  auto database = Database::open(home.path() / "x.db", kPatience).value();
  const detail::Migration steps[] = {
      {1, "CREATE TABLE t (x)"}, {2, "INSERT INTO t VALUES (1); INSERT INTO missing VALUES (1)"}};
  const auto status = detail::migrate(*database, steps);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message,
            "event log " + (home.path() / "x.db").string() + ": no such table: missing");
  EXPECT_EQ(database->query_int("SELECT count(*) FROM sqlite_schema").value(), 0);
  EXPECT_EQ(database->query_int("PRAGMA user_version").value(), 0);
}

}  // namespace
}  // namespace penstock

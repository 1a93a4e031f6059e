// Runs a job in process, and keeps everything it made and said.
//
//   auto run = ps::testing::run_job(definitions, "etl", "years: [2017]");
//   EXPECT_EQ(run->value<int>("count"), 12);
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/event/event.h"
#include "penstock/model/definitions.h"
#include "penstock/run/execute_run.h"
#include "penstock/testing/fake_clock.h"

namespace penstock::testing {

/// A run that ended: how, its events, its values.
struct TestRun {
  RunReport report;
  std::vector<Event> events;

  bool succeeded() const { return report.status == RunStatus::Success; }
  /// What a step gave: `count`, `extract[ID2017]`, or `split.good` for one of several outputs. The
  /// program aborts when there is none, or it is of another type.
  template <class T>
  const T& value(const std::string& key) const {
    const auto at = report.values.find(key);
    PENSTOCK_CHECK(at != report.values.end(), "no value for step " + key);
    return at->second.as<T>();
  }
  /// Types and step keys of the events of some types, one a text: `STEP_SUCCESS extract[ID2017]`.
  std::vector<std::string> events_of(std::initializer_list<std::string_view> types) const;
  /// All bodies of one type.
  template <class Body>
  std::vector<Body> all() const {
    std::vector<Body> bodies;
    for (const auto& event : events)
      if (const auto* body = event.body.get_if<Body>()) bodies.push_back(*body);
    return bodies;
  }
};

/// Values that steps give instead of running their ops.
class GivenValues {
 public:
  /// What a step gives: named by its key (`load[a]`), or by its path (`load`) for all its copies.
  template <class T>
  GivenValues& value(std::string step, T given) {
    values_[std::move(step)] = Value::make<T>(std::move(given));
    return *this;
  }
  /// The items of a step with a dynamic output, by mapping key.
  template <class T>
  GivenValues& items(std::string step, std::vector<std::pair<std::string, T>> given) {
    auto& items = items_[std::move(step)];
    for (auto& [key, item] : given) items.emplace_back(key, Value::make<T>(std::move(item)));
    return *this;
  }
  /// Put them into a plan. Errors: NotFound, when the plan has no such step; Config, when its op
  /// gives something else.
  Status apply(RunPlan& plan) const;

 private:
  std::map<std::string, Value> values_;
  std::map<std::string, std::vector<std::pair<std::string, Value>>> items_;
};

/// Where the log of a test run is.
enum class TestLog : std::uint8_t {
  Memory,  ///< gone with the run
  Disk     ///< as of a real program: SQLite, in a folder that is deleted after the run
};

/// How a test runs a job.
struct TestOptions {
  ExecutorKind executor = ExecutorKind::Inline;
  std::int32_t jobs = 1;
  std::uint64_t memory = 0;
  std::stop_token cancel = {};
  std::optional<Keep> keep = {};  ///< instead of the job's
  ValueStore* values = nullptr;   ///< where values are kept; null: nowhere
  const Clock* clock = nullptr;   ///< a FakeClock of the test, to let time pass; null: a new one
  /// With ExecutorKind::Processes: how. Steps then run in forks of the test: what they change in
  /// memory stays there, and only values, events and files come back.
  ProcessOptions processes = {};
  LogOptions logs = {};  ///< with a home, what steps print is kept there
  GivenValues given = {};
  TestLog log = TestLog::Memory;
  EventLog* history = nullptr;  ///< a log to write to instead, so that runs learn from earlier ones
  Tags tags = {};
  std::filesystem::path home = {};  ///< where steps have checkpoints; empty: a temporary folder
  ConfigEnvironment environment = process_environment();  ///< where references are looked up
  PoolAmounts pools = {};                                 ///< limits of pools
};
/// TestOptions as they are where nothing is said.
const TestOptions& test_defaults();

/// Plan and run a job with a config document given as YAML, on an ephemeral log and a FakeClock.
/// Errors are those of planning.
Result<TestRun> run_job(const Definitions& definitions, std::string job,
                        std::string_view config = "", const TestOptions& options = test_defaults());

/// Thrown by must_run_job: says what failed.
class RunFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// The same, but anything short of success is thrown as RunFailed.
TestRun must_run_job(const Definitions& definitions, std::string job, std::string_view config = "",
                     const TestOptions& options = test_defaults());
/// As run_job() for a plan, such as one of plan_reexecution().
Result<TestRun> run_plan(const RunPlan& plan, const TestOptions& options = test_defaults());

}  // namespace penstock::testing

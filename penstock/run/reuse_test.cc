// Runs that reuse what an earlier run stored, on real threads.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "penstock/event/managed_files.h"
#include "penstock/model/definitions_builder.h"
#include "penstock/model/io_manager.h"
#include "penstock/plan/plan_reexecution.h"
#include "penstock/testing/ephemeral_folder.h"
#include "penstock/testing/memory_values.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using testing::MemoryValues;

std::atomic<int> calls_of_twice = 0, failures_of_sum = 0;

Dynamic<int> numbers(OpContext& op) {
  Dynamic<int> items(op);
  for (int i = 1; i <= 3; ++i) items.yield("n" + std::to_string(i), i);
  return items;
}
int twice(const int& n) {
  ++calls_of_twice;
  return 2 * n;
}
Result<int> sum(const std::vector<int>& all) {
  if (failures_of_sum-- > 0) return Failure("no paper", {}, false);
  int total = 0;
  for (const int n : all) total += n;
  return total;
}
int largest(const std::vector<int>& all) { return all.back(); }

Definitions job() {
  DefinitionsBuilder defs;
  defs.job("etl", [](GraphBuilder& g) { g.op<sum>(g.op<numbers>().map<twice>().collect()); });
  return defs.build().value();
}

/// Runs the job, whose steps store what they give.
RunHistory run_and_keep(const Definitions& definitions, MemoryValues& values) {
  const auto run = testing::run_job(definitions, "etl", "", {.keep = Keep::All, .values = &values});
  RunHistory history;
  for (const auto& event : run.value().events) history.apply(event);
  return history;
}

ReexecutionPlan plan_again(const Definitions& definitions, const RunHistory& history,
                           MemoryValues& values) {
  const KnownRun known{history, [&](const StoredValue& stored, const ValueType& type) {
                         return values.has(stored, type);
                       }};
  return plan_reexecution(definitions, {{.job = "etl"}}, known).value();
}

testing::TestRun run_again(const RunPlan& plan, ValueStore& values) {
  return testing::run_plan(plan, {.executor = ExecutorKind::Threads, .jobs = 4, .values = &values})
      .value();
}

TEST(Reuse, ReadsValuesOfTheEarlierRunWhenTheyAreNeeded) {
  failures_of_sum = 1;
  calls_of_twice = 0;
  MemoryValues values;
  const auto definitions = job();
  const auto history = run_and_keep(definitions, values);
  const auto planned = plan_again(definitions, history, values);
  EXPECT_TRUE(planned.notices.empty());
  EXPECT_EQ(planned.reused, 4);
  EXPECT_EQ(planned.plan.steps.back().reason, "retry of run : it failed");
  const auto again = run_again(planned.plan, values);
  EXPECT_EQ(again.report.status, RunStatus::Success);
  EXPECT_EQ(again.report.steps.reused, 4);
  EXPECT_EQ(again.report.steps.succeeded, 1);
  EXPECT_EQ(again.report.values.at("sum").as<int>(), 12);
  EXPECT_EQ(calls_of_twice, 3) << "twice ran again";
  EXPECT_EQ(again.events_of({"LOADED_INPUT"}), std::vector<std::string>(3, "LOADED_INPUT sum"));
  EXPECT_EQ(again.events.front().body.get<RunStarting>().parent_run, history.run().to_string());
  EXPECT_EQ(again.events.front().body.get<RunStarting>().strategy, "FROM_FAILURE");
}

TEST(Reuse, ComputesAgainWhatIsNotThere) {
  failures_of_sum = 1;
  MemoryValues values, empty;
  const auto definitions = job();
  const auto history = run_and_keep(definitions, values);
  calls_of_twice = 0;
  const auto planned = plan_again(definitions, history, empty);
  ASSERT_EQ(planned.notices.size(), 1u);
  EXPECT_EQ(planned.notices[0],
            "run again although run  had them:\n"
            "  numbers: value not there any more, and twice[n1] reads it\n"
            "  twice[n1]: value not there any more, and sum reads it\n"
            "  twice[n2]: value not there any more, and sum reads it\n"
            "  twice[n3]: value not there any more, and sum reads it");
  const auto again = run_again(planned.plan, empty);
  EXPECT_EQ(again.report.status, RunStatus::Success);
  EXPECT_EQ(again.report.values.at("sum").as<int>(), 12);
  EXPECT_EQ(calls_of_twice, 3);
}

TEST(Reuse, AValueThatVanishedMeanwhileFailsItsReader) {
  failures_of_sum = 1;
  MemoryValues values, empty;
  const auto definitions = job();
  const auto history = run_and_keep(definitions, values);
  const auto planned = plan_again(definitions, history, values);
  const auto again = run_again(planned.plan, empty);
  EXPECT_EQ(again.report.status, RunStatus::Failure);
  EXPECT_NE(again.report.error.to_string().find(
                "step sum: input \"in0\", a value that an earlier run stored: "),
            std::string::npos)
      << again.report.error.to_string();
  const auto failures = again.all<StepFailure>();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].failure_class, "infrastructure");
}

/// Stores texts in files, and loads whatever is there.
struct TextFiles {
  static inline std::filesystem::path folder;
  Result<StoredObject> handle_output(const OutputContext& output, const Value& value) const {
    auto file = PENSTOCK_TRY(output.stage(folder / (output.op + ".txt")));
    PENSTOCK_TRY(file.write(value.as<std::string>()));
    return file.stored();
  }
  Result<Value> load_input(const InputContext& input) const {
    return Value::make(PENSTOCK_TRY(read_file(input.object.path)));
  }
};
std::string greeting() { return "hello"; }
Result<int> length(const std::string& text) {
  if (failures_of_sum-- > 0) return Failure("no paper", {}, false);
  return int(text.size());
}

TEST(Reuse, AFileOfAnIoManagerThatChangedMeanwhileFailsItsReader) {
  const testing::EphemeralFolder folder;
  TextFiles::folder = folder.path();
  DefinitionsBuilder defs;
  defs.resource<IoManager>("texts", [] { return IoManager(TextFiles()); });
  defs.op<greeting>().io("texts");
  defs.job("etl", [](GraphBuilder& g) { g.op<length>(g.op<greeting>()); });
  const auto definitions = defs.build().value();
  failures_of_sum = 1;
  MemoryValues values;
  const auto history = run_and_keep(definitions, values);
  const KnownRun known{history, [](const StoredValue& stored, const ValueType&) {
                         return verify_managed(stored).ok();
                       }};
  const auto planned = plan_reexecution(definitions, {{.job = "etl"}}, known).value();
  EXPECT_EQ(planned.reused, 1);
  const auto file = folder.path() / "greeting.txt";
  ASSERT_TRUE(write_file_atomically(file, "other").ok());
  const auto again = run_again(planned.plan, values);
  const auto told = again.report.error.to_string();
  EXPECT_TRUE(told.starts_with(
      "step length: input \"in0\", a value that an earlier run stored: " + file.string() +
      " has been changed since run " + history.run().short_text() + " stored it: its hash is "))
      << told;
  EXPECT_EQ(again.all<StepFailure>().at(0).failure_class, "infrastructure");
  ASSERT_TRUE(write_file_atomically(file, "hello").ok());
  EXPECT_EQ(run_again(planned.plan, values).value<int>("length"), 5);
}

TEST(Reuse, AValueIsReadOnceForAllItsReaders) {
  DefinitionsBuilder defs;
  defs.job("etl", [](GraphBuilder& g) {
    auto all = g.op<numbers>().map<twice>().collect();
    g.op<sum>(all);
    g.op<largest>(all);
  });
  const auto definitions = defs.build().value();
  failures_of_sum = 0;
  MemoryValues values;
  const auto history = run_and_keep(definitions, values);
  const KnownRun known{history, [&](const StoredValue& stored, const ValueType& type) {
                         return values.has(stored, type);
                       }};
  const auto planned =
      plan_reexecution(definitions, {{.job = "etl"}, Strategy::Selected, "sum or largest"}, known);
  const auto again = run_again(planned.value().plan, values);
  EXPECT_EQ(again.report.status, RunStatus::Success) << again.report.error.to_string();
  EXPECT_EQ(again.events_of({"LOADED_INPUT"}).size(), 3u);
  EXPECT_EQ(again.report.values.at("largest").as<int>(), 6);
}

}  // namespace
}  // namespace penstock

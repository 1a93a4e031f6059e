#include <gtest/gtest.h>

#include "penstock/model/definitions_builder.h"
#include "penstock/testing/expect_events.h"
#include "penstock/testing/record_op.h"
#include "penstock/testing/scripted_run.h"

namespace penstock::testing {
namespace {

using Texts = std::vector<std::string>;
using namespace std::chrono_literals;

Dynamic<std::string> list(OpContext& op) {
  Dynamic<std::string> names(op);
  for (const auto* name : {"a", "b"}) names.yield(name, name);
  op.info("2 names");
  op.add_metadata("names", 2);
  op.progress(2, 2, "names");
  return names;
}
int load(const std::string& name) { return int(name.size()); }
int sum(const std::vector<int>& all) {
  int total = 0;
  for (const int n : all) total += n;
  return total;
}

Definitions etl(RetryPolicy retry = {}, Micros timeout = Micros(0)) {
  DefinitionsBuilder defs;
  defs.op<load>().retry(retry).timeout(timeout);
  defs.job("etl", [](GraphBuilder& g) { g.op<sum>(g.op<list>().map<load>().collect()); });
  return defs.build().value();
}
Script two_items() {
  Script script;
  script.step("list").yields("a", 1).yields("b", 2);
  return script;
}

TEST(RecordedOp, KeepsWhatTheOpTells) {
  RecordedOp op;
  list(op.context());
  EXPECT_EQ(op.keys(), (Texts{"a", "b"}));
  EXPECT_EQ(op.items()[1].value.as<std::string>(), "b");
  EXPECT_EQ(op.messages().at(0).text, "2 names");
  EXPECT_EQ(op.metadata().at("").at(0).first, "names");
  EXPECT_EQ(op.progress().at(0).unit, "names");
  EXPECT_FALSE(op.context().canceled());
  ASSERT_TRUE(op.context().checkpoint().save(7).ok());
  EXPECT_EQ(op.context().checkpoint().load<int>().value(), 7) << "a second attempt finds it";
  EXPECT_TRUE(std::filesystem::is_directory(op.context().scratch().value()));
  op.cancel();
  EXPECT_TRUE(op.context().canceled());
  StepFacts facts;
  facts.attempt = 2;
  RecordedOp second(facts);
  EXPECT_EQ(second.context().facts().attempt, 2);
}

TEST(GivenValues, StandInForSteps) {
  TestOptions options;
  options.given.items<std::string>("list", {{"x", "long name"}, {"y", "n"}}).value("load[y]", 100);
  const auto run = must_run_job(etl(), "etl", "", options);
  EXPECT_EQ(run.value<int>("sum"), 9 + 100);
}

TEST(GivenValues, SayWhatDoesNotFit) {
  TestOptions options;
  options.given.value("laod", 1);
  EXPECT_EQ(run_job(etl(), "etl", "", options).error().message,
            "a value is given for step \"laod\", which the job does not have; did you mean "
            "\"load\"?");
  options.given = {};
  options.given.value("load", std::string("x"));
  EXPECT_EQ(run_job(etl(), "etl", "", options).error().message,
            "step \"load\" is given a value of type string, and its op gives int");
}

TEST(MustRunJob, ThrowsWhatFailed) {
  DefinitionsBuilder defs;
  defs.job("bad", [](GraphBuilder& g) {
    g.op("breaks", []() -> Result<int> { return Failure("no such file"); });
  });
  const auto definitions = defs.build().value();
  try {
    must_run_job(definitions, "bad");
    FAIL() << "it should throw";
  } catch (const RunFailed& failed) {
    EXPECT_STREQ(failed.what(), "job \"bad\" ended as FAILURE: step breaks: no such file");
  }
  EXPECT_THROW(must_run_job(definitions, "good"), RunFailed);
}

TEST(RunJob, OnDiskOrInMemoryIsTheSame) {
  TestOptions options;
  options.log = TestLog::Disk;
  EXPECT_EQ(must_run_job(etl(), "etl", "", options).events.size(),
            must_run_job(etl(), "etl").events.size());
}

TEST(ScriptedRun, GoesAsWritten) {
  auto script = two_items();
  script.step("load[b]", 0).fails("no such file").takes(2s);
  script.step("sum").gives(42);
  const auto run =
      run_scripted(etl({.max_retries = 1, .delay = 5s}), "etl", script, {.slots = 2}).value();
  EXPECT_TRUE(run.succeeded());
  EXPECT_EQ(run.value<int>("sum"), 42);
  EXPECT_EQ(differs(run.events, {"STEP_START", "STEP_FAILURE", "STEP_UP_FOR_RETRY", "RUN_SUCCESS"},
                    {"STEP_START list", "STEP_START load[a]", "STEP_START load[b]",
                     "STEP_FAILURE load[b]: no such file", "STEP_UP_FOR_RETRY load[b]: in 5.0 s",
                     "STEP_START load[b]", "STEP_START sum", "RUN_SUCCESS"}),
            "");
  EXPECT_EQ(run.report.duration, 10s) << format_duration(run.report.duration);
}

TEST(ScriptedRun, HangsUntilTheTimeLimit) {
  auto script = two_items();
  script.step("load[a]").hangs();
  const auto run = run_scripted(etl({}, 30s), "etl", script).value();
  EXPECT_EQ(run.all<StepFailure>().at(0).failure_class, "timeout");
  EXPECT_EQ(lacks(run.events, {"STEP_FAILURE load[a]", "STEP_UPSTREAM_FAILED sum: load[a]"}), "");
}

TEST(ScriptedRun, SaysWhenItCannotEnd) {
  auto script = two_items();
  script.step("load[a]").hangs();
  EXPECT_EQ(run_scripted(etl(), "etl", script).error().message,
            "the scripted run does not end: nothing more happens, and these steps run: load[a]; "
            "give them a time limit, the run a max_runtime, or the script a cancel_at");
}

TEST(ScriptedRun, IsCanceled) {
  auto script = two_items();
  script.step("load").hangs();
  script.cancel_at(10s);
  const auto run = run_scripted(etl(), "etl", script).value();
  EXPECT_EQ(run.report.status, RunStatus::Canceled);
  EXPECT_EQ(lacks(run.events, {"RUN_CANCELING", "STEP_CANCELED load[a]", "RUN_CANCELED"}), "");
}

TEST(ScriptedRun, CrashesAreInfrastructure) {
  auto script = two_items();
  script.step("load[b]").crashes();
  script.step("list").takes(1s);
  const auto run = run_scripted(etl(), "etl", script).value();
  EXPECT_EQ(run.all<RunFailure>().at(0).failure_class, "infrastructure");
  EXPECT_EQ(run.all<RunFailure>().at(0).reason, "SIGNAL");
}

TEST(ScriptedRun, KnowsTheStepsOfTheJob) {
  Script script;
  script.step("laod").takes(1s);
  EXPECT_EQ(run_scripted(etl(), "etl", script).error().message,
            "the script names step \"laod\", which the job does not have; did you mean \"load\"?");
}

TEST(ExpectEvents, SayWhereTheyDiffer) {
  const auto run = run_scripted(etl(), "etl", two_items()).value();
  EXPECT_EQ(lacks(run.events, {"STEP_START load", "STEP_START list"}),
            "after \"STEP_START load[a]\" no event meets \"STEP_START list\"; there came:"
            "\n  STEP_OUTPUT load[a]: result\n  STEP_SUCCESS load[a]\n  STEP_START load[b]"
            "\n  STEP_OUTPUT load[b]: result\n  STEP_SUCCESS load[b]\n  STEP_START sum"
            "\n  STEP_OUTPUT sum: result\n  STEP_SUCCESS sum\n  RUN_SUCCESS");
  EXPECT_EQ(differs(run.events, {"STEP_SUCCESS"}, {"STEP_SUCCESS list", "STEP_SUCCESS sum"}),
            "event 2 should be \"STEP_SUCCESS sum\" and there came:"
            "\n  STEP_SUCCESS load[a]\n  STEP_SUCCESS load[b]\n  STEP_SUCCESS sum");
  EXPECT_EQ(differs(run.events, {"STEP_SKIPPED"}, {"STEP_SKIPPED sum"}),
            "event 1 should be \"STEP_SKIPPED sum\" and there are no more");
  EXPECT_EQ(has(run.events, "STEP_START lo"), "");
  EXPECT_EQ(has(run.events, "STEP_START load"), "this should not happen: STEP_START load[a]");
}

}  // namespace
}  // namespace penstock::testing

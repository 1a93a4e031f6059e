// What IO managers write: when it is put in its place, and when it is not; and inputs that choose
// who loads them.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "penstock/base/checksum.h"
#include "penstock/base/text.h"
#include "penstock/event/lost_run.h"
#include "penstock/event/managed_files.h"
#include "penstock/event/run_history.h"
#include "penstock/model/definitions_builder.h"
#include "penstock/model/io_manager.h"
#include "penstock/plan/plan_reexecution.h"
#include "penstock/run/execute_run.h"
#include "penstock/store/memory_log.h"
#include "penstock/testing/ephemeral_folder.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;
using testing::run_job;
using testing::TestOptions;
using testing::TestRun;
using Texts = std::vector<std::string>;

fs::path folder;                                 // of the test that runs
std::function<void(OpContext&)> before_it_ends;  // what happens while the op runs

/// Writes numbers as texts.
struct Notes {
  std::string name = "notes";
  Result<StoredObject> handle_output(const OutputContext& output, const Value& value) const {
    const auto key = output.map_keys.empty() ? "" : "-" + output.map_keys.back();
    auto file = PENSTOCK_TRY(output.stage(folder / (output.op + key + ".txt")));
    PENSTOCK_TRY(file.write(std::to_string(value.as<int>())));
    return file.stored();
  }
  Result<Value> load_input(const InputContext& input) const {
    return Value::make(std::stoi(PENSTOCK_TRY(read_file(input.object.path))));
  }
};
/// Loads them a hundred times as large, so that one sees who did it.
struct Magnifier : Notes {
  Result<Value> load_input(const InputContext& input) const {
    return Value::make(100 * PENSTOCK_TRY(Notes::load_input(input)).as<int>());
  }
};
/// Loads something else.
struct Stranger : Notes {
  Result<Value> load_input(const InputContext&) const { return Value::make(std::string("?")); }
};

int seven(OpContext& op) {
  if (before_it_ends) before_it_ends(op);
  return 7;
}
int next(const int& n) { return n + 1; }
int sum(const std::vector<int>& all) {
  int total = 0;
  for (const int n : all) total += n;
  return total;
}
Dynamic<int> numbers(OpContext& op) {
  Dynamic<int> items(op);
  items.yield("a", 1);
  items.yield("b", 2);
  return items;
}
Dynamic<int> twice_the_same(OpContext& op) {
  Dynamic<int> items(op);
  items.yield("a", 1);
  items.yield("a", 2);
  return items;
}

class ManagedFiles : public ::testing::Test {
 protected:
  ManagedFiles() {
    folder = folder_.path();
    before_it_ends = nullptr;
    defs.resource<IoManager>("notes", [] { return IoManager(Notes()); });
    defs.resource<IoManager>("magnifier", [] { return IoManager(Magnifier()); });
    defs.resource<IoManager>("stranger", [] { return IoManager(Stranger()); });
  }
  TestRun run(const TestOptions& options = {}) {
    const auto definitions = defs.build();
    PENSTOCK_CHECK(definitions.ok(), definitions.ok() ? "" : definitions.error().message);
    auto done = run_job(*definitions, "job", "", options);
    PENSTOCK_CHECK(done.ok(), done.ok() ? "" : done.error().to_string());
    return *std::move(done);
  }
  std::string error() {
    const auto definitions = defs.build();
    if (!definitions.ok()) return definitions.error().message;
    const auto planned = plan_run(*definitions, {.job = "job"});
    return planned.ok() ? "" : planned.error().to_string();
  }
  Texts files() const {
    Texts names;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }
  std::string text(const std::string& name) const {
    return read_file(folder_.path() / name).value();
  }

  testing::EphemeralFolder folder_;
  DefinitionsBuilder defs;
};

TEST_F(ManagedFiles, AreNamedByTheLogAndInTheirPlacesBeforeTheStepSucceeds) {
  defs.op<seven>().io("notes");
  defs.job("job", [](GraphBuilder& g) { g.op<seven>(); });
  bool was_there = false;
  before_it_ends = [&](OpContext&) { was_there = fs::exists(folder / "seven.txt"); };
  const auto done = run({.log = testing::TestLog::Disk});
  EXPECT_TRUE(done.succeeded());
  EXPECT_FALSE(was_there);
  EXPECT_EQ(files(), Texts{"seven.txt"});
  EXPECT_EQ(text("seven.txt"), "7");
  const auto handled = done.all<HandledOutput>().at(0);
  EXPECT_EQ(handled.object, (folder / "seven.txt").string());
  EXPECT_EQ(handled.bytes, 1);
  EXPECT_EQ(handled.hash, crc64_text(crc64(0, "7")));
  EXPECT_TRUE(handled.staged.starts_with(".seven.txt." + done.report.id.short_text() + "-0."))
      << handled.staged;
  EXPECT_EQ(done.events_of({"HANDLED_OUTPUT", "STEP_SUCCESS"}),
            (Texts{"HANDLED_OUTPUT seven", "STEP_SUCCESS seven"}));
}

TEST_F(ManagedFiles, OfAnAttemptThatComesTooLateReplaceNothing) {
  ASSERT_TRUE(write_file_atomically(folder / "seven.txt", "of a newer one").ok());
  defs.op<seven>().io("notes").timeout(std::chrono::seconds(10));
  defs.job("job", [](GraphBuilder& g) { g.op<seven>(); });
  testing::FakeClock clock;
  before_it_ends = [&](OpContext&) { clock.advance(std::chrono::seconds(11)); };
  const auto done = run({.clock = &clock});
  EXPECT_EQ(done.report.error.to_string(),
            "step seven: stopped after its time limit of 10.0 s: it ended too late");
  EXPECT_EQ(done.all<StepFailure>().at(0).failure_class, "timeout");
  EXPECT_EQ(files(), Texts{"seven.txt"});
  EXPECT_EQ(text("seven.txt"), "of a newer one");
  EXPECT_TRUE(done.all<HandledOutput>().empty());
}

TEST_F(ManagedFiles, OfARunThatSomebodyEndedReplaceNothing) {
  ASSERT_TRUE(write_file_atomically(folder / "seven.txt", "of a newer one").ok());
  defs.op<seven>().io("notes");
  defs.job("job", [](GraphBuilder& g) { g.op<seven>(); });
  MemoryLog log;
  before_it_ends = [&](OpContext& op) {
    const auto lost = LostRun::read(log, log.find_run(op.facts().run_id).value()).value();
    ASSERT_TRUE(end_run(log, lost.end_as_canceled(Time(), "somebody", "force")).value());
  };
  const auto done = run({.history = &log});
  EXPECT_EQ(done.report.status, RunStatus::Canceled);
  EXPECT_EQ(files(), Texts{"seven.txt"});
  EXPECT_EQ(text("seven.txt"), "of a newer one");
}

TEST_F(ManagedFiles, OfItemsAreInTheirPlacesOneByOneAndAKeyThatIsRefusedReplacesNone) {
  defs.op<numbers>().io("notes");
  defs.op<twice_the_same>().io("notes");
  defs.job("job", [](GraphBuilder& g) {
    g.op<sum>(g.op<numbers>().map<next>().collect());
    g.op<twice_the_same>();
  });
  const auto done = run();
  EXPECT_EQ(done.report.error.to_string(),
            "step twice_the_same: output \"result\" gave the mapping key \"a\" twice; keys are "
            "unique");
  EXPECT_EQ(files(), (Texts{"numbers-a.txt", "numbers-b.txt", "twice_the_same-a.txt"}));
  EXPECT_EQ(text("twice_the_same-a.txt"), "1");
  EXPECT_EQ(done.value<int>("sum"), 5);
}

TEST_F(ManagedFiles, ThatCannotBePutInTheirPlacesFailTheirStep) {
  fs::create_directory(folder / "seven.txt");
  defs.op<seven>().io("notes");
  defs.job("job", [](GraphBuilder& g) { g.op<seven>(); });
  const auto done = run();
  EXPECT_TRUE(done.report.error.to_string().starts_with(
      "step seven: files of IO managers cannot be put in their places: cannot rename into " +
      (folder / "seven.txt").string()))
      << done.report.error.to_string();
  const auto left = find_abandoned_files(folder);
  ASSERT_EQ(left.size(), 1u) << "what the log names is left beside its place";
  EXPECT_EQ(left[0].filename(), done.all<HandledOutput>().at(0).staged);
}

TEST_F(ManagedFiles, ThatAKilledProcessLeftAreSettledByTheNextThatWritesBesideThem) {
  defs.op<seven>().io("notes");
  defs.job("job", [](GraphBuilder& g) { g.op<seven>(); });
  MemoryLog log;
  fs::create_directory(folder / "seven.txt");
  run({.history = &log});  // its file cannot be put in its place
  fs::remove(folder / "seven.txt");
  ASSERT_TRUE(write_file_atomically(folder / ".other.txt.3f2a91bc-0.1-0.tmp", "half").ok());
  DefinitionsBuilder more;
  more.resource<IoManager>("notes", [] { return IoManager(Notes()); });
  more.job("job", [](GraphBuilder& g) { g.with({.io = "notes"}).op("eight", [] { return 8; }); });
  ASSERT_TRUE(run_job(*more.build(), "job", "", {.history = &log})->succeeded());
  EXPECT_EQ(files(), (Texts{"eight.txt", "seven.txt"}));
  EXPECT_EQ(text("seven.txt"), "7") << "the log names it";
}

TEST_F(ManagedFiles, OfTwoStepsAreNotOneFile) {
  defs.op<seven>().io("notes");
  defs.job("job", [](GraphBuilder& g) {
    const auto first = g.op<seven>();
    g.with({.alias = "again", .io = "notes"})
        .op("seven", [](const int& n) { return n + 1; }, first);
  });
  const auto done = run();
  EXPECT_EQ(
      done.report.error.to_string(),
      "step again: IO manager \"notes\" cannot store output \"result\": output \"result\" of "
      "step \"again\" would replace output \"result\" of step \"seven\", which this run stored "
      "in " +
          (folder / "seven.txt").string() +
          "; give each a path of its own, such as with {step}, {output} or {key}");
  EXPECT_EQ(files(), Texts{"seven.txt"});
  EXPECT_EQ(text("seven.txt"), "7");
}

TEST_F(ManagedFiles, AreWrittenOverByARetryOfTheirStep) {
  int tries = 0;
  before_it_ends = [&](OpContext&) {
    if (++tries == 1) fs::create_directory(folder / "seven.txt");
    if (tries == 2) fs::remove(folder / "seven.txt");
  };
  defs.op<seven>().io("notes").retry({.max_retries = 1});
  defs.job("job", [](GraphBuilder& g) { g.op<seven>(); });
  EXPECT_TRUE(run().succeeded());
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(text("seven.txt"), "7");
}

/// Tell a log of a run as far as the success of its first step.
RunRecord tell_beginning(const TestRun& run, EventLog& log) {
  for (const auto& event : run.events) {
    log.append({event});
    if (event.body.is<StepSuccess>()) break;
  }
  EXPECT_TRUE(log.sync().ok());
  return log.runs({}).value().at(0);
}

RunReport go_on(const RunPlan& plan, EventLog& log, const RunRecord& run) {
  const testing::FakeClock clock;
  const auto lost = LostRun::read(log, run).value();
  RunResumed resumed;
  resumed.folder = fs::current_path().string();
  EXPECT_TRUE(claim_run(log, lost.claim(clock.now(), std::move(resumed))).ok());
  ResumedRun resume{.id = run.id, .fence = 1, .started = true, .created = run.created};
  resume.events = lost.restart(clock.now(), {plan.attempts});
  RunOptions options;
  options.executor = ExecutorKind::Inline;
  options.resume = std::move(resume);
  return execute_run(plan, log, clock, options).value();
}

TEST_F(ManagedFiles, OfARunThatGoesOnCountAsTheyAre) {
  defs.op<seven>().io("notes");
  defs.job("job", [](GraphBuilder& g) {
    const auto first = g.op<seven>();
    g.with({.alias = "again", .io = "notes"}).op("seven", [](const int& n) { return n; }, first);
  });
  const auto definitions = *defs.build();
  MemoryLog log;
  const auto record = tell_beginning(run(), log);
  const auto history = RunHistory::read(log, record).value();
  const KnownRun known{history, [](const StoredValue& stored, const ValueType&) {
                         return verify_managed(stored).ok();
                       }};
  const auto plan = plan_resumption(definitions, {.job = "job"}, known).value();
  EXPECT_TRUE(plan.reused.contains("seven"));
  const auto report = go_on(plan, log, record);
  EXPECT_NE(report.error.to_string().find("would replace output \"result\" of step \"seven\""),
            std::string::npos)
      << report.error.to_string();
  fs::remove(folder / "seven.txt");
  EXPECT_FALSE(plan_resumption(definitions, {.job = "job"}, known)->reused.contains("seven"));
}

using ChosenLoaders = ManagedFiles;

TEST_F(ChosenLoaders, GiveAnInputWhatIsStored) {
  defs.op<seven>().io("notes");
  defs.op<numbers>().io("notes");
  defs.op<next>().inputs({"number"}).load("number", "magnifier");
  defs.job("job", [](GraphBuilder& g) {
    const auto value = g.op<seven>();
    g.op<next>(value);
    g.with({.alias = "plain", .load = {{"number", "notes"}}}).op<next>(value);
    const auto items = g.op<numbers>();
    items.with({.alias = "each"}).map<next>();
    g.with({.load = {{"in0", "magnifier"}}}).op<sum>(items.collect());
    g.with({.alias = "others", .load = {{"in0", "magnifier"}}}).op<sum>(g.fan_in(value, value));
  });
  for (const auto executor :
       {ExecutorKind::Inline, ExecutorKind::Threads, ExecutorKind::Processes}) {
    const auto done = run({.executor = executor, .jobs = 2});
    ASSERT_TRUE(done.succeeded()) << done.report.error.to_string();
    EXPECT_EQ(done.value<int>("next"), 701);
    EXPECT_EQ(done.value<int>("plain"), 8);
    EXPECT_EQ(done.value<int>("each[b]"), 201);
    EXPECT_EQ(done.value<int>("sum"), 300);
    EXPECT_EQ(done.value<int>("others"), 1400);
    Texts loaded;
    for (const auto& event : done.events)
      if (const auto* body = event.body.get_if<LoadedInput>(); body && event.step == "next")
        loaded.push_back(body->input + " by " + body->manager + " from " +
                         fs::path(body->object).filename().string());
    EXPECT_EQ(loaded, Texts{"number by magnifier from seven.txt"});
  }
}

TEST_F(ChosenLoaders, ThatGiveAnotherTypeFailTheStep) {
  defs.op<seven>().io("notes");
  defs.job("job", [](GraphBuilder& g) {
    g.with({.load = {{"in0", "stranger"}}}).op<next>(g.op<seven>());
  });
  EXPECT_EQ(run().report.error.to_string(),
            "step next: input \"in0\": IO manager \"stranger\" loaded a value of type \"string\"; "
            "expected \"int\"");
}

TEST_F(ChosenLoaders, AreCheckedByBuild) {
  defs.resource<int>("number", [] { return 7; });
  defs.op<seven>().io("notes");
  defs.op<next>().inputs({"number"}).load("nubmer", "notes");
  auto inner = defs.graph("inner", [](GraphBuilder& g, Ref<int> n) { return g.op<next>(n); });
  defs.job("job", [&](GraphBuilder& g) {
    const auto value = g.op<seven>();
    g.with({.alias = "a", .load = {{"number", "magnifer"}}}).op<next>(value);
    g.with({.alias = "b", .load = {{"number", "number"}}}).op<next>(value);
    g.with({.alias = "c", .load = {{"numbr", "notes"}}}).op<next>(value);
    g.with({.alias = "d", .load = {{"number", "notes"}}}).graph(inner, value);
  });
  const auto found = error();
  for (const auto* expected :
       {"op \"next\": load() names the input \"nubmer\", which it does not have; did you mean "
        "\"number\"?",
        "job.a: input \"number\" is to be loaded by \"magnifer\", and no IO manager has that name; "
        "did you mean \"magnifier\"?",
        "job.b: input \"number\" is to be loaded by \"number\", which is a resource of type int; "
        "expected one of type penstock::IoManager",
        "job.c: load names the input \"numbr\", which op \"next\" does not have; did you mean "
        "\"number\"?",
        "job.d is a graph, and who loads an input is said of an op; set it on the op inside"})
    EXPECT_NE(found.find(expected), std::string::npos) << expected << "\nin\n" << found;
}

TEST_F(ChosenLoaders, NeedSomethingThatIsStored) {
  defs.job("job", [](GraphBuilder& g) {
    g.with({.load = {{"in0", "magnifier"}}}).op<next>(g.op<seven>());
  });
  EXPECT_EQ(
      error(),
      "step \"next\": input \"in0\" is to be loaded by \"magnifier\", and output \"result\" of "
      "step \"seven\", which feeds it, has no IO manager that stores it; give it one with "
      "io(\"…\")");
}

}  // namespace
}  // namespace penstock

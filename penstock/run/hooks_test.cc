// Hooks, the time limit of a run, and what failures are called.
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "penstock/model/definitions_builder.h"
#include "penstock/model/stream.h"
#include "penstock/testing/replace_resource.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using testing::run_job;
using testing::TestOptions;
using Texts = std::vector<std::string>;

Definitions must(Result<Definitions> definitions) {
  EXPECT_TRUE(definitions.ok()) << definitions.error().to_string();
  return *definitions;
}

/// Messages that hooks wrote, `hook step: text` each.
Texts said(const testing::TestRun& run) {
  Texts texts;
  for (const auto& event : run.events)
    if (const auto* log = event.body.get_if<LogMessage>(); log && !log->logger.empty())
      texts.push_back(log->logger + " " + event.step + ": " + log->text);
  return texts;
}

struct Mailbox {
  std::string address;
};

int seven(OpContext& op) {
  op.add_metadata("source", "a guess");
  return 7;
}
Result<int> breaks() { return Failure("no such file", {{"file", "x.csv"}}); }
void tell(HookContext& hook, Resource<Mailbox> mailbox) {
  hook.info("to " + mailbox->address + ": " + hook.step().step_key + " gave " +
            hook.outputs().at(0).name + " of " + hook.outputs().at(0).type + " with " +
            std::to_string(hook.outputs().at(0).metadata.size()) + " facts");
}
void page(HookContext& hook) {
  hook.warning(hook.error().message + ", " + hook.metadata().at(0).second.display());
}
void note(HookContext& hook) { hook.info("attempt " + std::to_string(hook.step().attempt)); }
Status fails(HookContext&) { return make_error(ErrorCode::Io, "no connection"); }
void throws(HookContext&) { throw std::runtime_error("mail server"); }

Definitions with_hooks() {
  DefinitionsBuilder defs;
  defs.resource<Mailbox>("mailbox", [] { return Mailbox{"ops@example.org"}; });
  defs.op<seven>().on_success<tell>();
  defs.op<breaks>().retry({.max_retries = 1}).on_failure<page>().on_success<tell>();
  defs.job("hooked", [](GraphBuilder& g) {
    g.op<seven>();
    g.with({.hooks = {failure_hook<note>()}}).op<breaks>();
  });
  return must(defs.build());
}

TEST(Hooks, AreCalledAfterTheLastAttemptWithWhatTheLogTells) {
  for (const auto& options : {TestOptions{}, TestOptions{ExecutorKind::Threads, 2}}) {
    const auto run = run_job(with_hooks(), "hooked", "", options);
    auto texts = said(*run);
    std::ranges::sort(texts);
    EXPECT_EQ(texts,
              (Texts{"note breaks: attempt 1", "page breaks: no such file, x.csv",
                     "tell seven: to ops@example.org: seven gave result of int with 2 facts"}));
    EXPECT_EQ(run->events_of({"HOOK_COMPLETED"}).size(), 3u);
    EXPECT_EQ(run->report.steps.retried, 1);
  }
}

TEST(Hooks, ComeAfterTheResultAndBeforeTheEndOfTheRun) {
  const auto run = run_job(with_hooks(), "hooked");
  EXPECT_EQ(run->events_of({"STEP_SUCCESS", "STEP_FAILURE", "HOOK_COMPLETED", "RUN_FAILURE"}),
            (Texts{"STEP_SUCCESS seven", "HOOK_COMPLETED seven", "STEP_FAILURE breaks",
                   "STEP_FAILURE breaks", "HOOK_COMPLETED breaks", "HOOK_COMPLETED breaks",
                   "RUN_FAILURE"}));
}

TEST(Hooks, ThatFailAreEventsAndNothingMore) {
  DefinitionsBuilder defs;
  defs.op<seven>().on_success<fails>().on_success<throws>().on_success<note>();
  defs.job("hooked", [](GraphBuilder& g) { g.op<seven>(); });
  const auto run = run_job(must(defs.build()), "hooked", "", {.log = testing::TestLog::Disk});
  EXPECT_TRUE(run->succeeded());
  const auto errors = run->all<HookErrored>();
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].hook, "fails");
  EXPECT_EQ(errors[0].error.message, "no connection");
  EXPECT_EQ(errors[1].error.message, "std::runtime_error: mail server");
  EXPECT_EQ(said(*run), Texts{"note seven: attempt 0"});
}

TEST(Hooks, OfAJobAreCalledForEachStepAndOfAGraphForThoseInside) {
  DefinitionsBuilder defs;
  auto inner = defs.graph("inner", [](GraphBuilder& g) { return g.op<seven>(); });
  defs.job("hooked",
           [&](GraphBuilder& g) {
             g.with({.hooks = {success_hook<note>()}}).graph(inner);
             g.op("list", [](OpContext& op) {
               Dynamic<int> items(op);
               items.yield("a", 1);
               return items;
             });
           })
      .on_success<fails>();
  const auto run = run_job(must(defs.build()), "hooked");
  EXPECT_EQ(run->events_of({"HOOK_COMPLETED", "HOOK_ERRORED"}),
            (Texts{"HOOK_COMPLETED inner.seven", "HOOK_ERRORED inner.seven", "HOOK_ERRORED list"}));
}

Stream<int> writes(OpContext& op) {
  Stream<int> out(op);
  out.write(1);
  return out;
}
int reads(const Stream<int>& in) { return *in.next(); }
Result<int> cannot_read(const Stream<int>&) { return Failure("bad row"); }

TEST(Hooks, AreCalledForEachStepOfAStreamThatFailsOrSucceeds) {
  for (const bool fails : {false, true}) {
    DefinitionsBuilder defs;
    defs.job("hooked",
             [&](GraphBuilder& g) {
               auto rows = g.op<writes>();
               if (fails)
                 g.op<cannot_read>(rows);
               else
                 g.op<reads>(rows);
             })
        .on_failure<note>()
        .on_success<note>();
    const auto run = run_job(must(defs.build()), "hooked", "", {ExecutorKind::Threads, 2});
    auto texts = said(*run);
    std::ranges::sort(texts);
    EXPECT_EQ(texts, fails ? (Texts{"note cannot_read: attempt 0", "note writes: attempt 0"})
                           : (Texts{"note reads: attempt 0", "note writes: attempt 0"}));
  }
}

TEST(Hooks, NeedResourcesThatAreDeclared) {
  DefinitionsBuilder defs;
  defs.op<seven>().on_success<tell>();
  defs.job("hooked", [](GraphBuilder& g) { g.op<seven>(); });
  const auto definitions = defs.build();
  ASSERT_FALSE(definitions.ok());
  EXPECT_NE(definitions.error().to_string().find("hook \"tell\" of op \"seven\" needs a resource"),
            std::string::npos)
      << definitions.error().to_string();
}

testing::FakeClock* shared_clock = nullptr;
void takes_an_hour(OpContext& op) {
  shared_clock->advance(std::chrono::hours(1));
  std::mutex mutex;
  std::condition_variable_any asked;
  std::unique_lock lock(mutex);
  if (op.facts().tags.contains("waits")) asked.wait(lock, op.stop_token(), [] { return false; });
}
void next(const Nothing&) {}

Definitions slow(Micros limit, bool waits) {
  DefinitionsBuilder defs;
  defs.op<takes_an_hour>();
  defs.job("slow",
           [&](GraphBuilder& g) {
             NodeOptions options;
             if (waits) options.tags["waits"] = "yes";
             g.op<next>(g.with(options).op<takes_an_hour>());
           })
      .max_runtime(limit);
  return must(defs.build());
}

TEST(MaxRuntime, StopsTheRunAndSaysSo) {
  for (const auto executor : {ExecutorKind::Inline, ExecutorKind::Threads}) {
    testing::FakeClock clock;
    shared_clock = &clock;
    TestOptions options;
    options.executor = executor;
    options.clock = &clock;
    const auto run = run_job(slow(std::chrono::minutes(30), executor == ExecutorKind::Threads),
                             "slow", "", options);
    ASSERT_TRUE(run.ok()) << run.error().to_string();
    EXPECT_EQ(run->report.status, RunStatus::Failure);
    EXPECT_EQ(run->report.error.message,
              "stopped after its time limit of 30 min 00 s; raise max_runtime if it needs longer");
    const auto ended = run->all<RunFailure>().at(0);
    EXPECT_EQ(ended.failure_class, "timeout");
    EXPECT_EQ(ended.reason, "MAX_RUNTIME");
    EXPECT_EQ(run->all<RunCanceling>().at(0).by, "max_runtime");
    EXPECT_TRUE(run->events_of({"STEP_START"}) == Texts{"STEP_START takes_an_hour"})
        << "nothing starts after that";
  }
}

TEST(MaxRuntime, IsWhatALaunchSays) {
  testing::FakeClock clock;
  shared_clock = &clock;
  TestOptions options;
  options.clock = &clock;
  options.tags = {{kMaxRuntimeTag, "2h"}};
  EXPECT_TRUE(run_job(slow(std::chrono::minutes(30), false), "slow", "", options)->succeeded());
  options.tags = {{kMaxRuntimeTag, "soon"}};
  const auto refused = run_job(slow(std::chrono::minutes(30), false), "slow", "", options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Config);
  EXPECT_TRUE(refused.error().to_string().starts_with("penstock/max_runtime: "))
      << refused.error().to_string();
}

template <class F>
testing::TestRun run_op(F body) {
  DefinitionsBuilder defs;
  defs.resource<Mailbox>(
      "mailbox", []() -> Result<Mailbox> { return make_error(ErrorCode::Io, "cannot connect"); });
  defs.job("one", [&](GraphBuilder& g) { g.op("it", body); });
  return *run_job(must(defs.build()), "one");
}

struct Kind {
  std::string failure_class, reason;
  friend bool operator==(const Kind&, const Kind&) = default;
};
Kind step_kind(const testing::TestRun& run) {
  const auto failure = run.all<StepFailure>().at(0);
  return {failure.failure_class, failure.reason};
}
Kind run_kind(const testing::TestRun& run) {
  const auto failure = run.all<RunFailure>().at(0);
  return {failure.failure_class, failure.reason};
}

TEST(FailureKinds, OfStepsAndRuns) {
  const auto thrown = run_op([]() -> int { throw std::runtime_error("x"); });
  EXPECT_EQ(step_kind(thrown), (Kind{"user", "USER_EXCEPTION"}));
  EXPECT_EQ(run_kind(thrown), (Kind{"user", "STEP_FAILURE"}));
  const auto returned = run_op([]() -> Result<int> { return Failure("x"); });
  EXPECT_EQ(step_kind(returned), (Kind{"user", "STEP_FAILURE"}));
  const auto full = run_op([]() -> int {
    throw std::filesystem::filesystem_error("write",
                                            std::make_error_code(std::errc::no_space_on_device));
  });
  EXPECT_EQ(step_kind(full), (Kind{"infrastructure", "DISK_FULL"}));
  EXPECT_EQ(run_kind(full), (Kind{"infrastructure", "DISK_FULL"}));
  const auto closed = run_op([](Resource<Mailbox>) { return 1; });
  EXPECT_EQ(step_kind(closed), (Kind{"infrastructure", "INITIALIZATION"}));
  EXPECT_EQ(run_kind(closed), (Kind{"infrastructure", "INITIALIZATION"}));
}

TEST(Answers, MayBeThrown) {
  const auto failed = run_op([]() -> int { throw Failure("bad row", {{"row", 17}}, false); });
  const auto failure = failed.all<StepFailure>().at(0);
  EXPECT_EQ(failure.error.message, "bad row");
  EXPECT_FALSE(failure.error.allow_retries);
  EXPECT_EQ(failure.metadata.at(0).first, "row");
  const auto skipped = run_op([]() -> int { throw Skip("nothing new"); });
  EXPECT_TRUE(skipped.succeeded());
  EXPECT_EQ(skipped.all<StepSkipped>().at(0).reason, "nothing new");
}

TEST(Answers, ARetryMayBeWishedWithoutAPolicy) {
  const auto run = run_op([](OpContext& op) -> Result<int> {
    if (op.facts().attempt < 2)
      return RetryRequested("busy", {.max_retries = 3, .delay = std::chrono::seconds(40)});
    return 1;
  });
  EXPECT_TRUE(run.succeeded());
  const auto retries = run.all<StepUpForRetry>();
  ASSERT_EQ(retries.size(), 2u);
  EXPECT_EQ(retries[1].delay_us, 40'000'000);
  const auto given_up =
      run_op([]() -> Result<int> { return RetryRequested("busy", {.max_retries = 1}); });
  EXPECT_EQ(given_up.all<StepFailure>().size(), 2u);
}

struct Alert {
  std::string channel = "general";
  int level = 1;
  static void describe(ConfigSchema<Alert>& s) {
    s.field("channel", &Alert::channel).describe("where to say it");
    s.field("level", &Alert::level).range(1, 5);
  }
};
void alert(const Alert& config, HookContext& hook, Resource<Mailbox>) {
  hook.info(config.channel + " " + std::to_string(config.level));
}
struct Scope {
  int level = 4;
  static void describe(ConfigSchema<Scope>& s) { s.field("level", &Scope::level); }
};

/// One hook on an op, on a use and on the job.
JobBuilder alerting(DefinitionsBuilder& defs) {
  defs.resource<Mailbox>("mailbox", [] { return Mailbox{"ops@example.org"}; });
  defs.op<seven>().on_success<alert>();
  return defs
      .job("hooked",
           [](GraphBuilder& g) {
             g.op<seven>();
             g.with({.hooks = {failure_hook<alert>()}}).op<breaks>();
           })
      .on_success<alert>();
}

TEST(HookConfig, IsOneForAllUsesOfAHook) {
  DefinitionsBuilder defs;
  alerting(defs);
  const auto definitions = must(defs.build());
  EXPECT_EQ(said(*run_job(definitions, "hooked")),
            (Texts{"alert seven: general 1", "alert seven: general 1", "alert breaks: general 1"}))
      << "as the fields have it";
  const auto run = run_job(definitions, "hooked", "hooks: {alert: {config: {channel: night}}}");
  EXPECT_EQ(said(*run),
            (Texts{"alert seven: night 1", "alert seven: night 1", "alert breaks: night 1"}));
}

TEST(HookConfig, MistakesHaveTheirPlaces) {
  DefinitionsBuilder defs;
  alerting(defs);
  const auto definitions = must(defs.build());
  const auto wrong =
      run_job(definitions, "hooked", "hooks:\n  alert:\n    config: {chanel: night, level: 9}\n");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().to_string(),
            "config:3:14: hooks.alert.config.chanel: unknown field \"chanel\"; expected channel, "
            "level; did you mean channel?\n"
            "config:3:36: hooks.alert.config.level: 9 is out of range; expected 1 to 5");
  const auto unknown = run_job(definitions, "hooked", "hooks: {alrt: {config: {}}}");
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().to_string().find("did you mean alert?"), std::string::npos);
}

TEST(HookConfig, IsFilledByTheMappingOfAJob) {
  DefinitionsBuilder defs;
  alerting(defs).config<Scope>([](const Scope& scope, InnerConfig& inner) {
    inner.hook("alert", Alert{"mapped", scope.level});
  });
  const auto run = run_job(must(defs.build()), "hooked", "level: 2");
  EXPECT_EQ(said(*run).at(0), "alert seven: mapped 2");
}

namespace elsewhere {
void alert(const Scope&, HookContext&) {}
}  // namespace elsewhere

TEST(HookConfig, OfTwoHooksWithOneNameIsRefused) {
  DefinitionsBuilder defs;
  alerting(defs).on_failure<elsewhere::alert>();
  EXPECT_NE(defs.build().error().message.find(
                "job \"hooked\" has two hooks named \"alert\" with different configs, which its "
                "document could not tell apart; rename one of the functions"),
            std::string::npos);
}

}  // namespace
}  // namespace penstock

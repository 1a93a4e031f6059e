// Steps in processes of their own: what crosses, and what becomes of a step whose process dies.
#include "penstock/run/processes/process_executor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "penstock/model/definitions_builder.h"
#include "penstock/testing/fake_clock.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using testing::run_job;
using testing::TestOptions;
using testing::TestRun;

constexpr std::uint64_t kMiB = 1024 * 1024;

Definitions must(Result<Definitions> definitions) {
  EXPECT_TRUE(definitions.ok()) << definitions.error().to_string();
  return *definitions;
}

TestOptions in_processes(std::int32_t jobs = 2) {
  TestOptions options{ExecutorKind::Processes, jobs};
  options.processes.grace = Micros(0);
  return options;
}

/// A job with one step that does `op`, and one beside it that succeeds.
TestRun run_beside(std::function<int(OpContext&)> op, NodeOptions node = {},
                   TestOptions options = in_processes()) {
  DefinitionsBuilder defs;
  defs.job("job", [&](GraphBuilder& g) {
    g.with(node).op("victim", [op](OpContext& context) { return op(context); });
    g.op("bystander", [] { return 7; });
  });
  auto run = run_job(must(defs.build()), "job", "", options);
  EXPECT_TRUE(run.ok()) << run.error().to_string();
  return std::move(*run);
}

void die_of(int signal) {
  ::signal(signal, SIG_DFL);  // sanitizers catch some to print a report
  ::raise(signal);
}

const StepFailure& only_failure(const TestRun& run, std::vector<StepFailure>& kept,
                                std::size_t attempts = 1) {
  kept = run.all<StepFailure>();
  EXPECT_EQ(kept.size(), attempts);
  EXPECT_EQ(run.report.failed_steps, std::vector<std::string>{"victim"});
  EXPECT_EQ(run.value<int>("bystander"), 7);  // the rest of the run goes on
  return kept.at(0);
}

TEST(ProcessExecutor, NamesTheSignalThatEndedAStep) {
  std::vector<StepFailure> kept;
  const auto segv = run_beside([](OpContext&) { return die_of(SIGSEGV), 0; });
  const auto& failure = only_failure(segv, kept);
  EXPECT_TRUE(failure.error.message.starts_with(
      "its process was ended by SIGSEGV (segmentation fault), peak memory "))
      << failure.error.message;
  EXPECT_EQ(failure.error.code, ErrorCode::WorkerLost);
  EXPECT_EQ(failure.failure_class, "user");
  EXPECT_EQ(failure.reason, "SIGNAL");
  EXPECT_EQ(failure.signal, SIGSEGV);
  EXPECT_EQ(failure.exit_code, 0);
  EXPECT_GT(failure.peak_rss, 0);

  const auto killed = run_beside([](OpContext&) { return ::kill(::getpid(), SIGKILL), 0; });
  const auto& kill = only_failure(killed, kept);
  EXPECT_TRUE(kill.error.message.starts_with("its process was ended by SIGKILL (killed)"));
  EXPECT_EQ(kill.failure_class, "infrastructure");
  EXPECT_EQ(kill.signal, SIGKILL);
}

TEST(ProcessExecutor, NamesAnAbort) {
  std::vector<StepFailure> kept;
  const auto aborted = run_beside([](OpContext&) -> int {
    ::signal(SIGABRT, SIG_DFL);
    std::thread([] { throw std::runtime_error("nobody catches me"); }).join();
    return 0;
  });
  const auto& failure = only_failure(aborted, kept);
  EXPECT_TRUE(failure.error.message.starts_with("its process was ended by SIGABRT (aborted)"));
  EXPECT_EQ(failure.signal, SIGABRT);
  EXPECT_EQ(failure.failure_class, "user");
}

TEST(ProcessExecutor, NamesTheExitCode) {
  std::vector<StepFailure> kept;
  const auto exited = run_beside([](OpContext&) -> int { std::_Exit(3); });
  const auto& failure = only_failure(exited, kept);
  EXPECT_EQ(failure.error.message,
            "its process exited with code 3; an op returns or throws, it does not call exit()");
  EXPECT_EQ(failure.reason, "EXIT");
  EXPECT_EQ(failure.exit_code, 3);
  EXPECT_EQ(failure.signal, 0);
}

/// Touches memory that no allocator and no sanitizer stands between.
void take_memory(std::uint64_t bytes) {
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(at, MAP_FAILED);
  std::memset(at, 1, bytes);
}

TEST(ProcessExecutor, KillsAStepThatTakesMoreMemoryThanItMay) {
  std::vector<StepFailure> kept;
  auto options = in_processes();
  options.processes.step_memory = 32 * kMiB;
  const auto grown = run_beside(
      [](OpContext&) -> int {
        for (;;) take_memory(8 * kMiB);
      },
      {}, options);
  const auto& failure = only_failure(grown, kept, 2);  // once more, alone
  EXPECT_EQ(failure.error.code, ErrorCode::Exhausted);
  EXPECT_TRUE(failure.error.message.starts_with("out of memory: it took "))
      << failure.error.message;
  EXPECT_NE(failure.error.message.find(" and may take 32.0 MiB (peak of its process "),
            std::string::npos)
      << failure.error.message;
  EXPECT_EQ(failure.reason, "OOM_KILLED");
  EXPECT_EQ(failure.failure_class, "infrastructure");
  EXPECT_GT(failure.peak_rss, std::int64_t(32 * kMiB));
  EXPECT_NE(kept.at(1).error.message.find("out of memory: it took "), std::string::npos)
      << kept.at(1).error.message;
  EXPECT_EQ(kept.at(1).error.message.find(" and may take 32.0 MiB "), std::string::npos)
      << "the second attempt may take more: " << kept.at(1).error.message;
  EXPECT_EQ(grown.all<RunFailure>().at(0).reason, "OOM_KILLED");
  EXPECT_EQ(grown.all<RunFailure>().at(0).failure_class, "infrastructure");
}

TEST(ProcessExecutor, SaysOfAStepThatEndsBeforeItIsKilledThatItTookTooMuch) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    const auto first = g.op("greedy", [] { return take_memory(16 * kMiB), 1; });
    g.op("next", [](const int& n) { return n + 1; }, first);
  });
  auto options = in_processes(1);
  options.processes.step_memory = 8 * kMiB;
  const auto run = run_job(must(defs.build()), "job", "", options).value();
  EXPECT_TRUE(run.succeeded()) << run.report.error.to_string();  // once more, with more
  const auto failures = run.all<StepFailure>();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].reason, "OOM_KILLED");
  EXPECT_NE(failures[0].error.message.find(" and may take 8.0 MiB (peak of its process "),
            std::string::npos)
      << failures[0].error.message;
  EXPECT_EQ(run.value<int>("next"), 2);
}

TEST(ProcessExecutor, HoldsAStepToWhatItsOpReserves) {
  std::vector<StepFailure> kept;
  const NodeOptions reserve{.memory = [](std::span<const Value>) { return 16 * kMiB; }};
  const auto grown = run_beside(
      [](OpContext&) -> int {
        for (;;) take_memory(8 * kMiB);
      },
      reserve);
  EXPECT_NE(only_failure(grown, kept, 2).error.message.find(" and may take 16.0 MiB "),
            std::string::npos);
  EXPECT_EQ(kept.at(1).error.message.find(" and may take 16.0 MiB "), std::string::npos)
      << "the second attempt may take more: " << kept.at(1).error.message;
}

/// A pipe that processes forked later inherit: one tells another how far it is.
struct Signpost {
  Signpost() { EXPECT_EQ(::pipe(ends), 0); }
  Signpost(const Signpost&) = delete;
  Signpost& operator=(const Signpost&) = delete;
  ~Signpost() { ::close(ends[0]), ::close(ends[1]); }
  void reach(char place) const { EXPECT_EQ(::write(ends[1], &place, 1), 1); }
  char wait() const {
    char place = 0;
    EXPECT_EQ(::read(ends[0], &place, 1), 1);
    return place;
  }
  int ends[2] = {-1, -1};
};

/// Lets time pass once somebody has told that it may.
class WaitingClock final : public testing::FakeClock {
 public:
  explicit WaitingClock(const Signpost& signpost) : signpost_(signpost) {}
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
            Instant until) const override {
    lock.unlock();
    if (!std::exchange(told_, true)) signpost_.wait();
    lock.lock();
    FakeClock::skip_to(lock, changed, until);
  }

 private:
  const Signpost& signpost_;
  mutable bool told_ = false;
};

TEST(ProcessExecutor, KillsAStepThatHangsAtItsTimeLimit) {
  const Signpost signpost;
  const WaitingClock clock(signpost);
  auto options = in_processes();
  options.clock = &clock;
  std::vector<StepFailure> kept;
  const auto hung = run_beside(
      [&](OpContext&) -> int {
        ::signal(SIGTERM, SIG_IGN);
        signpost.reach('r');
        for (;;) ::pause();
      },
      {.timeout = std::chrono::seconds(30)}, options);
  const auto& failure = only_failure(hung, kept);
  EXPECT_EQ(failure.failure_class, "timeout");
  EXPECT_EQ(failure.error.code, ErrorCode::Timeout);
  EXPECT_EQ(failure.error.to_string(),
            "stopped after its time limit of 30.0 s: it did not stop when it was asked to, and its "
            "process was ended by SIGKILL (killed); look at op.canceled() now and then");
  EXPECT_EQ(failure.signal, SIGKILL);
}

TEST(ProcessExecutor, AsksAStepToStopBeforeItIsKilled) {
  const Signpost signpost;
  std::stop_source cancel;
  DefinitionsBuilder defs;
  defs.job("job", [&](GraphBuilder& g) {
    g.op("long", [&](OpContext& op) {
      signpost.reach('r');
      std::mutex mutex;
      std::condition_variable_any asked;
      std::unique_lock lock(mutex);
      asked.wait(lock, op.stop_token(), [] { return false; });
      signpost.reach('s');
    });
    g.with({.executor = ExecutorKind::Threads}).op("impatient", [&] {
      EXPECT_EQ(signpost.wait(), 'r');
      cancel.request_stop();
    });
  });
  TestOptions options{ExecutorKind::Processes, 2};  // with the usual grace
  options.cancel = cancel.get_token();
  const auto run = run_job(must(defs.build()), "job", "", options);
  EXPECT_EQ(run->report.status, RunStatus::Canceled);
  EXPECT_EQ(signpost.wait(), 's');  // it ended by itself
}

TEST(ProcessExecutor, TriesAgainInAFreshProcess) {
  const auto run = run_beside(
      [](OpContext& op) -> int {
        if (op.facts().attempt < 2) die_of(SIGSEGV);
        return op.facts().attempt;
      },
      {.retry = RetryPolicy{3}});
  EXPECT_TRUE(run.succeeded());
  EXPECT_EQ(run.value<int>("victim"), 2);
  EXPECT_EQ(run.all<StepFailure>().size(), 2u);
}

TEST(ProcessExecutor, LosesNoSlotToTheDead) {
  DefinitionsBuilder defs;
  defs.job("many", [&](GraphBuilder& g) {
    auto items = g.op("items", [](OpContext& op) {
      Dynamic<int> all(op);
      for (int i = 0; i < 40; ++i) all.yield("n" + std::to_string(i), i);
      return all;
    });
    items.map("each", [](const int& n) {
      if (n % 2 == 1) die_of(SIGKILL);
      return n;
    });
  });
  auto run = run_job(must(defs.build()), "many", "", in_processes(3));
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->report.steps.succeeded, 1 + 20);
  EXPECT_EQ(run->report.steps.failed, 20);
  EXPECT_EQ(run->report.steps.running, 0);
}

TEST(ProcessExecutor, ServesManyStepsWithOneProcess) {
  DefinitionsBuilder defs;
  defs.job("chain", [&](GraphBuilder& g) {
    auto first = g.op("first", [] { return std::int64_t(::getpid()); });
    auto second =
        g.op("second", [](const std::int64_t& pid) { return pid == ::getpid() ? pid : -1; }, first);
    g.op("third", [](const std::int64_t& pid) { return pid == ::getpid(); }, second);
  });
  const auto definitions = must(defs.build());
  auto run = run_job(definitions, "chain", "", in_processes());
  EXPECT_TRUE(run->value<bool>("third"));
  EXPECT_NE(run->value<std::int64_t>("first"), std::int64_t(::getpid()));
  EXPECT_EQ(run->all<StepWorkerStarted>().size(), 1u);

  auto options = in_processes();
  options.processes.recycle_after = 1;
  auto fresh = run_job(definitions, "chain", "", options);
  EXPECT_FALSE(fresh->value<bool>("third"));
  EXPECT_EQ(fresh->all<StepWorkerStarted>().size(), 3u);
}

TEST(ProcessExecutor, CarriesLargeValuesInSharedMemory) {
  DefinitionsBuilder defs;
  defs.job("large", [&](GraphBuilder& g) {
    auto made = g.op("make", [] { return std::vector<double>(1'000'000, 0.5); });
    g.op(
        "sum",
        [](const std::vector<double>& all) {
          double total = 0;
          for (const double one : all) total += one;
          return total;
        },
        made);
  });
  auto run = run_job(must(defs.build()), "large", "", in_processes());
  ASSERT_TRUE(run->succeeded()) << run->report.error.to_string();
  EXPECT_EQ(run->value<double>("sum"), 500'000);
  EXPECT_EQ(run->value<std::vector<double>>("make").size(), 1'000'000u);
}

struct Stubborn {
  int number = 0;
  void encode(ByteWriter& out) const {
    if (number < 0) throw std::runtime_error("negative");
    out.number(number);
  }
  static Stubborn decode(ByteReader& in) {
    const auto number = in.number<int>();
    if (number == 0) in.fail("zero");
    return {number};
  }
};

TEST(ProcessExecutor, FailsStepsWhoseValuesCannotBeWrittenOrRead) {
  DefinitionsBuilder defs;
  defs.job("job", [&](GraphBuilder& g) {
    const auto value_of = [](const Stubborn& value) { return value.number; };
    g.op("inside", [] { return Stubborn{-1}; });
    const NodeOptions here{.executor = ExecutorKind::Threads};
    g.op("negative", value_of, g.with(here).op("minus", [] { return Stubborn{-2}; }));
    g.op("zero", value_of, g.with(here).op("nought", [] { return Stubborn{0}; }));
    g.op("good", value_of, g.with(here).op("one", [] { return Stubborn{1}; }));
  });
  const auto run = run_job(must(defs.build()), "job", "", in_processes(1));
  std::map<std::string, std::string> texts;
  for (const auto& event : run->events)
    if (const auto* failure = event.body.get_if<StepFailure>())
      texts[event.step] = failure->error.to_string();
  EXPECT_EQ(texts.size(), 3u);
  EXPECT_EQ(texts["inside"],
            "its outputs: encode() of penstock::Stubborn: std::runtime_error: negative");
  EXPECT_EQ(texts["negative"],
            "input \"in0\": encode() of penstock::Stubborn: std::runtime_error: negative");
  EXPECT_NE(texts["zero"].find("an encoded value cannot be read: zero"), std::string::npos)
      << texts["zero"];
  EXPECT_EQ(run->value<int>("good"), 1);
}

struct Opened {
  std::int64_t pid = 0;
};

TEST(ProcessExecutor, OpensResourcesOncePerProcessAndClosesThem) {
  DefinitionsBuilder defs;
  defs.resource<Opened>("opened", [] { return Opened{::getpid()}; });
  defs.job("uses", [&](GraphBuilder& g) {
    auto first = g.op("first", [](Resource<Opened> r) { return r->pid == ::getpid(); });
    g.op(
        "second", [](Resource<Opened> r, const bool& b) { return b && r->pid == ::getpid(); },
        first);
  });
  auto run = run_job(must(defs.build()), "uses", "", in_processes());
  EXPECT_TRUE(run->value<bool>("second"));
  EXPECT_EQ(run->events_of({"RESOURCE_INIT_SUCCESS", "RESOURCE_TEARDOWN"}),
            (std::vector<std::string>{"RESOURCE_INIT_SUCCESS", "RESOURCE_TEARDOWN"}));
}

struct Handle {
  static constexpr bool kPortable = false;
  int number = 0;
};
int use_handle(const Handle& handle) { return handle.number; }

TEST(ProcessExecutor, RefusesValuesThatCannotCross) {
  DefinitionsBuilder defs;
  defs.job("job",
           [&](GraphBuilder& g) { g.op<use_handle>(g.op("open", [] { return Handle{3}; })); });
  const auto run = run_job(must(defs.build()), "job", "", in_processes());
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(
      run.error().message,
      "not every step can run in processes\n"
      "  op \"open\": its output \"result\" is of type penstock::Handle, whose values stay in "
      "their process; give penstock::Handle encode() and decode(), see "
      "penstock/model/value_codec.h, or run the op in threads: .executor(ExecutorKind::Threads)\n"
      "  op \"use_handle\": its input \"in0\" is of type penstock::Handle, whose values stay in "
      "their process; give penstock::Handle encode() and decode(), see "
      "penstock/model/value_codec.h, or run the op in threads: .executor(ExecutorKind::Threads)");
}

TEST(ProcessExecutor, RefusesToBuildOpsThatCannotRunInProcesses) {
  DefinitionsBuilder defs;
  defs.op<use_handle>().executor(ExecutorKind::Processes);
  defs.job("job", [&](GraphBuilder& g) {
    auto opened = g.op("open", [] { return Handle{3}; });
    g.op<use_handle>(opened);
    g.with({.alias = "there", .executor = ExecutorKind::Processes})
        .op("look", [](const int&, const Handle&) {}, g.op("one", [] { return 1; }), opened);
  });
  const auto definitions = defs.build();
  ASSERT_FALSE(definitions.ok());
  const auto& text = definitions.error().message;
  EXPECT_NE(text.find("op \"use_handle\" runs in processes, and its input \"in0\" is of type "
                      "penstock::Handle, whose values stay in their process"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("job.there runs in processes, and its input \"in1\" is of type"),
            std::string::npos)
      << text;
}

int pid_here() { return ::getpid(); }

TEST(ProcessExecutor, SendsJustTheOpsThatSaySoToProcesses) {
  DefinitionsBuilder defs;
  defs.op<pid_here>().executor(ExecutorKind::Processes);
  defs.job("mixed", [&](GraphBuilder& g) {
    g.op<pid_here>();
    g.with({.alias = "stays", .executor = ExecutorKind::Threads}).op<pid_here>();
    g.op("other", [] { return ::getpid(); });
  });
  const auto definitions = must(defs.build());
  for (const auto kind : {ExecutorKind::Inline, ExecutorKind::Threads}) {
    auto run = run_job(definitions, "mixed", "", {kind, 2});
    ASSERT_TRUE(run->succeeded());
    EXPECT_NE(run->value<int>("pid_here"), ::getpid());
    EXPECT_EQ(run->value<int>("stays"), ::getpid());
    EXPECT_EQ(run->value<int>("other"), ::getpid());
  }
}

TEST(ProcessExecutor, SaysSoWhenTheZygoteIsGone) {
  DefinitionsBuilder defs;
  defs.job("job", [&](GraphBuilder& g) {
    g.op("orphan", [] { return ::kill(::getppid(), SIGKILL), ::pause(), 0; });
  });
  const auto run = run_job(must(defs.build()), "job", "", in_processes());
  const auto failures = run->all<StepFailure>();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].error.message,
            "the process that starts worker processes has ended, and this step's with it");
  EXPECT_EQ(failures[0].reason, "WORKER_LOST");
}

}  // namespace
}  // namespace penstock

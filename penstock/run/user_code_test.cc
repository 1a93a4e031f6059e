// Whatever code of a user throws becomes the failure of the step that called it, on every executor.
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <string>

#include "penstock/model/definitions_builder.h"
#include "penstock/model/hook_traits.h"
#include "penstock/model/io_manager.h"
#include "penstock/testing/memory_values.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using testing::run_job;
using testing::TestOptions;
using testing::TestRun;

/// A value whose function of that name throws.
struct Moody {
  std::string mood;

  explicit Moody(std::string at = {}) : mood(std::move(at)) {}
  Moody(const Moody& other) : mood(other.mood) { other.may_throw("copy"); }
  Moody(Moody&& other) noexcept = default;
  Moody& operator=(const Moody&) = delete;
  Moody& operator=(Moody&&) = delete;
  ~Moody() = default;

  void may_throw(std::string_view what) const {
    if (mood == what) throw std::runtime_error("no " + mood + " today");
  }
  std::uint64_t bytes() const {
    may_throw("bytes");
    return 8;
  }
  void summarize(Metadata& into) const {
    may_throw("summary");
    add_fact(into, "mood", mood);
  }
  void encode(ByteWriter& out) const {
    may_throw("encode");
    out.text(mood);
  }
  static Moody decode(ByteReader& in) {
    Moody read{std::string(in.text())};
    read.may_throw("decode");
    return read;
  }
};

int look_at(const Moody& value) { return int(value.mood.size()); }
int count(const std::vector<Moody>& values) { return int(values.size()); }

Definitions must(Result<Definitions> definitions) {
  EXPECT_TRUE(definitions.ok());
  return *std::move(definitions);
}

template <class Build>
TestRun run_graph(Build build, const TestOptions& options) {
  DefinitionsBuilder defs;
  defs.job("job", build);
  return run_job(must(defs.build()), "job", "", options).value();
}

struct Failed {
  std::string step, text;
  friend bool operator==(const Failed&, const Failed&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Failed& failed) {
    return out << failed.step << ": " << failed.text;
  }
};
/// The only step that failed, and why; the run has ended.
Failed failure_of(const TestRun& run) {
  EXPECT_EQ(run.report.status, RunStatus::Failure);
  EXPECT_EQ(run.all<RunFailure>().size(), 1u);
  EXPECT_EQ(run.report.failed_steps.size(), 1u);
  for (const auto& event : run.events)
    if (const auto* failure = event.body.get_if<StepFailure>())
      return {event.step, failure->error.to_string()};
  return {};
}

class UserCode : public ::testing::TestWithParam<ExecutorKind> {
 protected:
  static TestOptions on() { return {.executor = GetParam(), .jobs = 2}; }
  static bool in_processes() { return GetParam() == ExecutorKind::Processes; }
  template <class F>
  static StepFailure failure_of_op(F op) {
    const TestRun run = run_graph([&](GraphBuilder& g) { g.op("it", op); }, on());
    EXPECT_EQ(failure_of(run).step, "it");
    return run.all<StepFailure>().at(0);
  }
};
INSTANTIATE_TEST_SUITE_P(Executors, UserCode,
                         ::testing::Values(ExecutorKind::Inline, ExecutorKind::Threads,
                                           ExecutorKind::Processes),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

TEST_P(UserCode, ASummaryThatThrowsFailsItsStep) {
  const auto run = run_graph(
      [](GraphBuilder& g) { g.op<look_at>(g.op("make", [] { return Moody("summary"); })); }, on());
  EXPECT_EQ(failure_of(run),
            (Failed{"make", "output \"result\": summarize() of penstock::Moody: "
                            "std::runtime_error: no summary today"}));
  EXPECT_EQ(run.all<StepUpstreamFailed>().size(), 1u);
}

TEST_P(UserCode, ASummaryOfAnItemFailsTheStepThatYieldsIt) {
  const auto run = run_graph(
      [](GraphBuilder& g) {
        g.op("make",
             [](OpContext& op) {
               Dynamic<Moody> items(op);
               items.yield("a", Moody("good"));
               items.yield("b", Moody("summary"));
               return items;
             })
            .map<look_at>();
      },
      on());
  EXPECT_EQ(failure_of(run),
            (Failed{"make", "item \"b\": summarize() of penstock::Moody: std::runtime_error: no "
                            "summary today"}));
}

TEST_P(UserCode, ASummaryThatDoesNotThrowIsKeptBeforeWhatTheOpAdds) {
  const auto run = run_graph(
      [](GraphBuilder& g) {
        g.op("make", [](OpContext& op) {
          op.add_metadata("rows", 3);
          return Moody("good");
        });
      },
      on());
  EXPECT_EQ(run.all<StepOutput>().at(0).metadata, (Metadata{{"mood", "good"}, {"rows", 3}}));
}

TEST_P(UserCode, BytesThatThrowFailTheStep) {
  const auto run =
      run_graph([](GraphBuilder& g) { g.op("make", [] { return Moody("bytes"); }); }, on());
  EXPECT_EQ(failure_of(run), (Failed{"make", "bytes() of penstock::Moody: std::runtime_error: no "
                                             "bytes today"}));
}

TEST_P(UserCode, ACopyThatThrowsFailsTheStepThatGathers) {
  TestOptions options = on();
  const auto run = run_graph(
      [](GraphBuilder& g) {
        const NodeOptions here{.executor = ExecutorKind::Threads};
        g.op<count>(g.fan_in(g.op("a", [] { return Moody("good"); }),
                             g.op("b", [] { return Moody("copy"); })));
      },
      options);
  EXPECT_EQ(failure_of(run), (Failed{"count", "input \"in0\": std::runtime_error: no copy today"}));
}

TEST_P(UserCode, ACodecThatThrowsFailsTheStep) {
  testing::MemoryValues values;
  auto options = on();
  options.keep = Keep::All;
  options.values = &values;
  const auto run =
      run_graph([](GraphBuilder& g) { g.op("make", [] { return Moody("encode"); }); }, options);
  EXPECT_EQ(failure_of(run),
            (Failed{"make", std::string(in_processes() ? "its outputs"
                                                       : "output \"result\" cannot be kept") +
                                ": encode() of penstock::Moody: std::runtime_error: no encode "
                                "today"}));
}

TEST_P(UserCode, ADecoderThatThrowsFailsTheStepWhoseValueCrosses) {
  const auto run = run_graph(
      [](GraphBuilder& g) {
        g.op("make", [] { return Moody("decode"); });
        g.op("items", [](OpContext& op) {
          Dynamic<Moody> items(op);
          items.yield("a", Moody("good"));
          return items;
        });
      },
      on());
  if (!in_processes()) {
    EXPECT_TRUE(run.succeeded());
    return;
  }
  EXPECT_EQ(failure_of(run), (Failed{"make", "its outputs: decode() of penstock::Moody: "
                                             "std::runtime_error: no decode today"}));
  EXPECT_EQ(run.all<StepFailure>().at(0).reason, "USER_EXCEPTION");
  EXPECT_EQ(run.report.steps.succeeded, 1);
}

TEST(UserCodeInProcesses, ADecoderThatThrowsFailsTheStepThatYields) {
  const auto run = run_graph(
      [](GraphBuilder& g) {
        g.op("make",
             [](OpContext& op) {
               Dynamic<Moody> items(op);
               items.yield("a", Moody("decode"));
               return items;
             })
            .map<look_at>();
      },
      {.executor = ExecutorKind::Processes, .jobs = 2});
  EXPECT_EQ(failure_of(run), (Failed{"make", "item \"a\": decode() of penstock::Moody: "
                                             "std::runtime_error: no decode today"}));
}

TEST_P(UserCode, AMemoryEstimateThatThrowsFailsItsStepAndIsRetried) {
  DefinitionsBuilder defs;
  defs.op<look_at>()
      .memory<Moody>([](const Moody&) -> std::uint64_t { throw std::string("cannot guess"); })
      .retry({.max_retries = 2});
  defs.job("job", [](GraphBuilder& g) {
    g.op<look_at>(g.op("make", [] { return Moody("good"); }));
    g.op("other", [] { return 1; });
  });
  auto options = on();
  options.memory = 1'000'000;
  const auto run = run_job(must(defs.build()), "job", "", options).value();
  EXPECT_EQ(failure_of(run),
            (Failed{"look_at", "its memory estimate: std::string: cannot guess"}));
  EXPECT_EQ(run.all<StepFailure>().size(), 3u);
  EXPECT_EQ(run.all<StepFailure>().at(0).reason, "USER_EXCEPTION");
  EXPECT_EQ(run.report.steps.succeeded, 2);
}

TEST_P(UserCode, AMemoryEstimateWithoutABudgetDoesNotEndTheProgram) {
  DefinitionsBuilder defs;
  defs.op<look_at>().memory<Moody>([](const Moody&) -> std::uint64_t { throw 42; });
  defs.job("job",
           [](GraphBuilder& g) { g.op<look_at>(g.op("make", [] { return Moody("good"); })); });
  const auto run = run_job(must(defs.build()), "job", "", on()).value();
  if (in_processes())  // which limits the process by it
    EXPECT_EQ(failure_of(run), (Failed{"look_at", "its memory estimate: int: 42"}));
  else
    EXPECT_TRUE(run.succeeded());
}

Stream<int> numbers(OpContext& op) {
  Stream<int> out(op);
  for (int i = 0; i < 3 && out.write(i); ++i) {
  }
  return out;
}
int total(const Stream<int>& in) {
  int sum = 0;
  while (const auto* n = in.next()) sum += *n;
  return sum;
}

TEST(UserCodeInStreams, AMemoryEstimateThatThrowsFailsTheUnit) {
  DefinitionsBuilder defs;
  int asked = 0;
  defs.op<numbers>().retry({.max_retries = 1});
  defs.job("job", [&](GraphBuilder& g) {
    const MemoryEstimate estimate = [&](std::span<const Value>) -> std::uint64_t {
      ++asked;
      throw "no idea";
    };
    g.with({.memory = estimate}).op<total>(g.op<numbers>());
  });
  const auto run = run_job(must(defs.build()), "job", "",
                           {.executor = ExecutorKind::Threads, .jobs = 2, .memory = 1'000'000})
                       .value();
  EXPECT_EQ(run.report.status, RunStatus::Failure);
  EXPECT_GE(asked, 1);
  bool said = false;
  for (const auto& failure : run.all<StepFailure>())
    said |= failure.error.to_string() == "its memory estimate: const char*: no idea";
  EXPECT_TRUE(said);
}

/// Stores nothing; throws where it is to.
struct Thrower {
  bool on_store = true;
  Result<StoredObject> handle_output(const OutputContext&, const Value&) const {
    if (on_store) throw "the shelf is full";
    return StoredObject{"nowhere", 1, "", {}};
  }
  Result<Value> load_input(const InputContext&) const { throw std::string("the shelf is empty"); }
};
IoManager open_thrower() { return Thrower{}; }
IoManager open_losing() { return Thrower{.on_store = false}; }
int seven() { return 7; }
int next(const int& n) { return n + 1; }

TEST_P(UserCode, AnIoManagerThatThrowsFailsTheStep) {
  DefinitionsBuilder defs;
  defs.resource<IoManager>("shelf", &open_thrower);
  defs.op<seven>().io("shelf");
  defs.job("job", [](GraphBuilder& g) { g.op<next>(g.op<seven>()); });
  const auto run = run_job(must(defs.build()), "job", "", on()).value();
  EXPECT_EQ(failure_of(run), (Failed{"seven", "IO manager \"shelf\" cannot store output "
                                              "\"result\": const char*: the shelf is full"}));
}

TEST_P(UserCode, AnIoManagerThatThrowsWhileLoadingFailsTheStepThatLoads) {
  DefinitionsBuilder defs;
  defs.resource<IoManager>("shelf", &open_losing);
  defs.op<seven>().io("shelf");
  defs.op<next>().load("in0", "shelf");
  defs.job("job", [](GraphBuilder& g) { g.op<next>(g.op<seven>()); });
  const auto run = run_job(must(defs.build()), "job", "", on()).value();
  EXPECT_EQ(failure_of(run), (Failed{"next", "input \"in0\": IO manager \"shelf\": std::string: "
                                             "the shelf is empty"}));
}

struct Wire {};
Wire open_wire() { throw "cut"; }

TEST_P(UserCode, AResourceThatThrowsFailsTheStep) {
  DefinitionsBuilder defs;
  defs.resource<Wire>("wire", &open_wire);
  defs.job("job", [](GraphBuilder& g) { g.op("use", [](Resource<Wire>) { return 1; }); });
  const auto run = run_job(must(defs.build()), "job", "", on()).value();
  EXPECT_EQ(failure_of(run), (Failed{"use", "resource \"wire\": const char*: cut"}));
}

void cries(HookContext&) { throw std::string("in the hook"); }

TEST_P(UserCode, AHookThatThrowsIsRecorded) {
  const auto run = run_graph(
      [](GraphBuilder& g) {
        g.with({.hooks = {success_hook<cries>()}}).op<seven>();
      },
      on());
  EXPECT_TRUE(run.succeeded());
  EXPECT_EQ(run.all<HookErrored>().at(0).error.to_string(), "std::string: in the hook");
}

TEST_P(UserCode, CausesUnderRetryRequestedAndFailureAreKept) {
  const auto nest = [](auto outer) {
    return [outer]() -> int {
      try {
        try {
          throw "no route";
        } catch (...) {
          std::throw_with_nested(std::runtime_error("no answer"));
        }
      } catch (...) {
        std::throw_with_nested(outer);
      }
    };
  };
  const std::string causes =
      "caused by std::runtime_error: no answer\ncaused by const char*: no route\n";
  const auto failed = failure_of_op(nest(Failure("the download failed", {{"url", "x"}})));
  EXPECT_EQ(failed.error.message, "the download failed");
  EXPECT_EQ(failed.error.detail, causes);
  EXPECT_EQ(failed.metadata, (Metadata{{"url", "x"}}));
  const auto run = run_graph(
      [&](GraphBuilder& g) {
        g.op("it", nest(RetryRequested("later", {.max_retries = 1, .delay = Micros(5)})));
      },
      on());
  ASSERT_EQ(run.all<StepFailure>().size(), 2u);
  EXPECT_EQ(run.all<StepFailure>().at(0).error.message, "later");
  EXPECT_EQ(run.all<StepFailure>().at(0).error.detail, causes);
  EXPECT_EQ(run.all<StepUpForRetry>().at(0).delay_us, 5);
}

TEST_P(UserCode, TheErrorOfAResultThatIsAskedForItsValueIsTheErrorOfTheStep) {
  Error cause = make_error(ErrorCode::InvalidData, "row 7 has no state", "missing");
  cause = std::move(cause).within("rows.csv");
  cause.allow_retries = false;
  const auto failed = failure_of_op([cause]() -> int {
    const Result<int> parsed = cause;
    return parsed.value();
  });
  EXPECT_EQ(failed.error.code, ErrorCode::InvalidData);
  EXPECT_EQ(failed.error.to_string(), "rows.csv: row 7 has no state");
  EXPECT_EQ(failed.error.kind, "missing");
  EXPECT_FALSE(failed.error.allow_retries);
  EXPECT_EQ(failure_of_op([cause] { Status(cause).value(); }).error.to_string(),
            "rows.csv: row 7 has no state");
  EXPECT_EQ(failure_of_op([cause] { return Result<std::string>(cause)->size() > 3; }).error.code,
            ErrorCode::InvalidData);
}

TEST_P(UserCode, AnotherTypeThanThatOfAValueFailsTheStepThatReadsIt) {
  const auto failed =
      failure_of_op([] { return int(Value::make<int>(1).as<std::string>().size()); });
  EXPECT_EQ(failed.error.message, "a value of type \"int\" is read as one of type \"string\"");
}

TEST_P(UserCode, OutOfMemoryIsNoMistakeOfTheUser) {
  const auto failed = failure_of_op([]() -> int { throw std::bad_alloc(); });
  EXPECT_EQ(failed.error.code, ErrorCode::Exhausted);
  EXPECT_EQ(failed.failure_class, "infrastructure");
  EXPECT_EQ(failed.reason, "OUT_OF_MEMORY");
  EXPECT_TRUE(failed.error.message.starts_with("out of memory: std::bad_alloc: "))
      << failed.error.message;
  const auto negative = failure_of_op([]() -> int { throw std::bad_array_new_length(); });
  EXPECT_EQ(negative.failure_class, "user");
  EXPECT_EQ(negative.reason, "USER_EXCEPTION");
}

TEST_P(UserCode, ErrorsOfAnOpItselfAreNotThoseOfTheEngine) {
  for (const auto code : {ErrorCode::Timeout, ErrorCode::WorkerLost, ErrorCode::Resource}) {
    const auto failed =
        failure_of_op([code]() -> Result<int> { return make_error(code, "the server is slow"); });
    EXPECT_EQ(failed.error.code, code);
    EXPECT_EQ(failed.error.to_string(), "the server is slow");
    EXPECT_EQ(failed.failure_class, "user") << to_string(code);
    EXPECT_EQ(failed.reason, "STEP_FAILURE") << to_string(code);
  }
}

}  // namespace
}  // namespace penstock

// Numbers that are larger than most jobs have: outputs of one op, attempts of one step, slots.
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <set>
#include <utility>

#include "penstock/model/definitions_builder.h"
#include "penstock/plan/plan_reexecution.h"
#include "penstock/run/admission.h"
#include "penstock/testing/memory_values.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

constexpr std::size_t kOutputs = 70;

template <std::size_t I>
consteval Name<4> output_name() {
  const char text[4] = {'o', char('0' + I / 10), char('0' + I % 10), 0};
  return Name<4>(text);
}

template <class Numbers>
struct ManyOutputs;
template <std::size_t... I>
struct ManyOutputs<std::index_sequence<I...>> {
  using Type = Outputs<Out<output_name<I>(), std::optional<int>>...>;
  static std::optional<int> at(std::size_t port) {
    return port % 3 == 0 ? std::optional(int(port)) : std::nullopt;
  }
  static Type give() { return {{at(I)}...}; }
};
using Many = ManyOutputs<std::make_index_sequence<kOutputs>>;

std::atomic<bool> readers_fail = false;
std::atomic<int> calls_of_many = 0;

Many::Type many() {
  ++calls_of_many;
  return Many::give();
}
Result<int> read(const int& n) {
  if (readers_fail) return Failure("no paper", {}, false);
  return n;
}

std::string reader_of(std::size_t port) { return "read" + std::to_string(port); }

Definitions job_of_many() {
  DefinitionsBuilder defs;
  defs.job("many", [](GraphBuilder& g) {
    const auto all = g.op<many>();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (g.with({.alias = reader_of(I)}).op<read>(all.template get<output_name<I>()>()), ...);
    }(std::make_index_sequence<kOutputs>());
  });
  return defs.build().value();
}

void expect_each_third(const testing::TestRun& run) {
  EXPECT_EQ(run.report.status, RunStatus::Success) << run.report.error.to_string();
  std::set<std::string> skipped;
  for (const auto& step : run.events_of({"STEP_SKIPPED"})) skipped.insert(step);
  for (std::size_t port = 0; port < kOutputs; ++port) {
    EXPECT_EQ(skipped.contains("STEP_SKIPPED " + reader_of(port)), port % 3 != 0) << port;
    if (port % 3 == 0) {
      EXPECT_EQ(run.value<int>(reader_of(port)), int(port));
    }
  }
}

TEST(Many, OutputsThatAreNotGivenSkipTheirReaders) {
  readers_fail = false;
  for (const auto executor : {ExecutorKind::Inline, ExecutorKind::Threads})
    expect_each_third(
        testing::run_job(job_of_many(), "many", "", {.executor = executor, .jobs = 2}).value());
}

TEST(Many, OutputsAreReusedByAReexecution) {
  testing::MemoryValues values;
  const auto definitions = job_of_many();
  readers_fail = true;
  const auto first =
      testing::run_job(definitions, "many", "", {.keep = Keep::All, .values = &values}).value();
  EXPECT_EQ(first.report.steps.failed, 24);
  EXPECT_EQ(first.report.steps.skipped, 46);
  RunHistory history;
  for (const auto& event : first.events) history.apply(event);
  readers_fail = false;
  calls_of_many = 0;
  const KnownRun known{history, [&](const StoredValue& stored, const ValueType& type) {
                         return values.has(stored, type);
                       }};
  const auto planned = plan_reexecution(definitions, {{.job = "many"}}, known).value();
  EXPECT_TRUE(planned.notices.empty());
  const auto again = testing::run_plan(planned.plan, {.values = &values}).value();
  EXPECT_EQ(again.report.status, RunStatus::Success) << again.report.error.to_string();
  EXPECT_EQ(calls_of_many, 0) << "what gives the outputs ran again";
  EXPECT_EQ(again.report.steps.succeeded, 24);
  for (std::size_t port = 0; port < kOutputs; port += 3)
    EXPECT_EQ(again.value<int>(reader_of(port)), int(port));
}

TEST(Many, AttemptsOfOneStep) {
  constexpr std::int32_t kRetries = 65'600;
  DefinitionsBuilder defs;
  defs.job("again", [&](GraphBuilder& g) {
    g.op("stubborn", [](OpContext& op) -> Result<int> {
      if (op.facts().attempt < kRetries)
        return RetryRequested("not yet", {.max_retries = INT32_MAX, .delay = Micros(0)});
      return op.facts().attempt;
    });
  });
  const auto run = testing::run_job(defs.build().value(), "again").value();
  EXPECT_EQ(run.report.status, RunStatus::Success) << run.report.error.to_string();
  EXPECT_EQ(run.value<int>("stubborn"), kRetries);
  EXPECT_EQ(run.report.steps.retried, kRetries);
  EXPECT_EQ(run.events.rbegin()[1].attempt, kRetries);
}

/// Whether a second step may start beside a first one.
bool starts_beside(const Claims& first, const Claims& second) {
  Admission admission({.slots = INT32_MAX, .memory = UINT64_MAX, .pools = {INT64_MAX, 0}});
  admission.take({.ref = {0, 0}}, first);
  admission.add({{.ref = {1, 0}}, second});
  return admission.next(0).has_value();
}

TEST(Many, ClaimsAreAddedUpWithoutOverflow) {
  const PlannedClaim all_of_limited{0, INT64_MAX}, of_unlimited{1, INT64_MAX};
  EXPECT_FALSE(starts_beside({.slots = 1}, {.slots = INT32_MAX}));
  EXPECT_TRUE(starts_beside({.slots = 1}, {.slots = INT32_MAX - 1}));
  EXPECT_FALSE(starts_beside({.slots = 1, .memory = 2}, {.slots = 1, .memory = UINT64_MAX - 1}));
  EXPECT_TRUE(starts_beside({.slots = 1, .memory = 2}, {.slots = 1, .memory = UINT64_MAX - 2}));
  EXPECT_FALSE(starts_beside({.slots = 1, .pools = {&all_of_limited, 1}},
                             {.slots = 1, .pools = {&all_of_limited, 1}}));
  EXPECT_TRUE(starts_beside({.slots = 1, .pools = {&of_unlimited, 1}},
                            {.slots = 1, .pools = {&of_unlimited, 1}}));
}

}  // namespace
}  // namespace penstock

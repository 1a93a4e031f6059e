// Resources in runs: how often they are opened, when they are closed, who fails with them.
#include "penstock/run/resource_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "penstock/model/definitions_builder.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using testing::run_job;
using testing::TestOptions;
using Texts = std::vector<std::string>;

struct Disk {};
struct Pool {};
struct Other {};
std::atomic<int> opened = 0;

Dynamic<int> three(OpContext& op) {
  Dynamic<int> items(op);
  for (int i = 0; i < 3; ++i) items.yield(std::to_string(i), i);
  return items;
}
int use_pool(Resource<Pool>, const int& n) { return n; }
int fail(Resource<Pool>, const int&) { throw std::runtime_error("disk on fire"); }
int without(const int& n) { return n; }

Definitions built(DefinitionsBuilder& defs) {
  auto definitions = defs.build();
  EXPECT_TRUE(definitions.ok()) << definitions.error().message;
  return *definitions;
}

Texts resource_events(const testing::TestRun& run) {
  Texts texts;
  for (const auto& event : run.events) {
    const auto type = event_type(event);
    if (!type.starts_with("RESOURCE_")) continue;
    const auto payload = Json::parse(encode_body(event.body));
    texts.push_back(std::string(type.substr(9)) + " " + payload["resource"].get<std::string>() +
                    (event.step.empty() ? "" : " of " + event.step));
  }
  return texts;
}

void declare(DefinitionsBuilder& defs, ResourceScope scope = ResourceScope::RunWorker) {
  opened = 0;
  defs.resource<Disk>("disk", [] { return Disk(); }).scope(scope);
  defs.resource<Pool>("pool", [](Resource<Disk>) {
        ++opened;
        return Pool();
      }).scope(scope);
}

TEST(Resources, AreOpenedOnceHoweverManyStepsRunAndClosedInReverse) {
  DefinitionsBuilder defs;
  declare(defs);
  defs.job("job", [](GraphBuilder& g) { g.op<three>().map<use_pool>(); });
  for (const auto executor : {ExecutorKind::Inline, ExecutorKind::Threads}) {
    opened = 0;
    const auto run = run_job(built(defs), "job", "", {executor, 3});
    ASSERT_TRUE(run->succeeded());
    EXPECT_EQ(opened, 1);
    EXPECT_EQ(resource_events(*run),
              (Texts{"INIT_STARTED pool", "INIT_STARTED disk", "INIT_SUCCESS disk",
                     "INIT_SUCCESS pool", "TEARDOWN pool", "TEARDOWN disk"}));
  }
}

TEST(Resources, OfAStepAreOpenedForEachAttemptAndClosedAfterIt) {
  DefinitionsBuilder defs;
  declare(defs, ResourceScope::Step);
  defs.job("job", [](GraphBuilder& g) {
    const auto items = g.op<three>();
    items.with({.retry = RetryPolicy{.max_retries = 1}}).map<fail>();
  });
  const auto run = run_job(built(defs), "job");
  EXPECT_EQ(opened, 6);
  const auto events = resource_events(*run);
  EXPECT_EQ(Texts(events.begin(), events.begin() + 6),
            (Texts{"INIT_STARTED pool of fail[0]", "INIT_STARTED disk of fail[0]",
                   "INIT_SUCCESS disk of fail[0]", "INIT_SUCCESS pool of fail[0]",
                   "TEARDOWN pool of fail[0]", "TEARDOWN disk of fail[0]"}));
  EXPECT_EQ(events.size(), 36u);
}

TEST(Resources, AreClosedAfterFailureAndCancellation) {
  DefinitionsBuilder defs;
  declare(defs);
  std::stop_source stop;
  defs.job("fails", [](GraphBuilder& g) { g.op<three>().map<fail>(); });
  defs.job("cancels", [&](GraphBuilder& g) {
    g.op("stop_it", [&stop](Resource<Pool>, const int& n) {
      stop.request_stop();
      return n;
    }, g.op("one", [] { return 1; }));
  });
  const Texts closed = {"TEARDOWN pool", "TEARDOWN disk"};
  const auto failed = run_job(built(defs), "fails");
  EXPECT_EQ(failed->report.status, RunStatus::Failure);
  EXPECT_EQ(failed->events_of({"RESOURCE_TEARDOWN"}).size(), 2u);
  const auto canceled = run_job(built(defs), "cancels", "", {.cancel = stop.get_token()});
  EXPECT_EQ(canceled->report.status, RunStatus::Canceled);
  auto events = resource_events(*canceled);
  EXPECT_EQ(Texts(events.end() - 2, events.end()), closed);
}

TEST(Resources, ThatCannotBeOpenedFailExactlyTheStepsThatNeedThem) {
  DefinitionsBuilder defs;
  defs.resource<Disk>("disk", []() -> Result<Disk> {
    return make_error(ErrorCode::Resource, "no such folder");
  });
  defs.resource<Pool>("pool", [](Resource<Disk>) { return Pool(); });
  defs.resource<Other>("other", [] { return Other(); });
  defs.job("job", [](GraphBuilder& g) {
    const auto items = g.op<three>();
    items.map<use_pool>();
    items.map<without>();
    items.map("other", [](Resource<Other>, const int& n) { return n; });
  });
  const auto run = run_job(built(defs), "job");
  EXPECT_EQ(run->report.steps.failed, 3);
  EXPECT_EQ(run->report.steps.succeeded, 7);
  EXPECT_EQ(run->report.error.to_string(),
            "step use_pool[0]: resource \"pool\": resource \"disk\": no such folder");
  EXPECT_EQ(run->all<ResourceInitFailure>().size(), 2u);
}

TEST(Resources, ADestructorThatThrowsIsOnRecordAndTheOthersAreClosed) {
  struct Stubborn {
    bool owner = true;
    Stubborn() = default;
    Stubborn(Stubborn&& other) noexcept { other.owner = false; }
    ~Stubborn() noexcept(false) {
      if (owner) throw std::runtime_error("still in use");
    }
  };
  DefinitionsBuilder defs;
  defs.resource<Disk>("disk", [] { return Disk(); });
  defs.resource<Stubborn>("stubborn", [](Resource<Disk>) { return Stubborn(); });
  defs.job("job", [](GraphBuilder& g) { g.op("use", [](Resource<Stubborn>) {}); });
  const auto run = run_job(built(defs), "job");
  EXPECT_TRUE(run->succeeded());
  const auto closed = run->all<ResourceTeardown>();
  ASSERT_EQ(closed.size(), 2u);
  EXPECT_EQ(closed[0].resource, "stubborn");
  EXPECT_EQ(closed[0].error.message, "std::runtime_error: still in use");
  EXPECT_EQ(closed[1].resource, "disk");
  EXPECT_EQ(closed[1].error.message, "");
}

TEST(Resources, ThatLiveLongerCannotNeedOneOfAStep) {
  DefinitionsBuilder defs;
  defs.resource<Disk>("disk", [] { return Disk(); }).scope(ResourceScope::Step);
  defs.resource<Pool>("pool", [](Resource<Disk>) { return Pool(); });
  defs.job("job", [](GraphBuilder& g) { g.op("one", [] { return 1; }); });
  EXPECT_EQ(defs.build().error().message,
            "1 problem in the definitions\n  resource \"pool\" has the scope run_worker and needs "
            "\"disk\", which is closed with each step; give it the scope step as well");
}

}  // namespace
}  // namespace penstock

#include "penstock/run/value_keeper.h"

#include <gtest/gtest.h>

#include <stop_token>

#include "penstock/model/definitions_builder.h"
#include "penstock/testing/memory_values.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using testing::MemoryValues;
using testing::run_job;
using testing::TestOptions;
using testing::TestRun;
using Texts = std::vector<std::string>;

struct OpenFile {
  static constexpr bool kPortable = false;
};

Dynamic<int> numbers(OpContext& op) {
  Dynamic<int> items(op);
  for (int i = 0; i < 2; ++i) items.yield("n" + std::to_string(i), i);
  return items;
}
int twice(const int& n) { return 2 * n; }
int sum(const std::vector<int>& all) { return int(all.size()); }
OpenFile open_file() { return {}; }
int read_file_of(const OpenFile&) { return 1; }

Definitions fan_out() {
  DefinitionsBuilder defs;
  defs.job("fan_out", [](GraphBuilder& g) { g.op<sum>(g.op<numbers>().map<twice>().collect()); });
  return defs.build().value();
}

TestRun run(const Definitions& definitions, const std::string& job, Keep keep, ValueStore& values) {
  TestOptions options;
  options.keep = keep;
  options.values = &values;
  return run_job(definitions, job, "", options).value();
}

TEST(KeepAll, EveryOutputIsStoredBeforeItsStepSucceeds) {
  MemoryValues values;
  const auto kept = run(fan_out(), "fan_out", Keep::All, values);
  EXPECT_TRUE(kept.succeeded());
  EXPECT_EQ(values.names(), (Texts{"numbers.0.result[n0]", "numbers.0.result[n1]", "sum.0.result",
                                   "twice[n0].0.result", "twice[n1].0.result"}));
  EXPECT_EQ(kept.events_of({"STEP_OUTPUT", "HANDLED_OUTPUT", "STEP_SUCCESS"}),
            (Texts{"STEP_OUTPUT numbers", "HANDLED_OUTPUT numbers", "STEP_OUTPUT numbers",
                   "HANDLED_OUTPUT numbers", "STEP_SUCCESS numbers", "STEP_OUTPUT twice[n0]",
                   "HANDLED_OUTPUT twice[n0]", "STEP_SUCCESS twice[n0]", "STEP_OUTPUT twice[n1]",
                   "HANDLED_OUTPUT twice[n1]", "STEP_SUCCESS twice[n1]", "STEP_OUTPUT sum",
                   "HANDLED_OUTPUT sum", "STEP_SUCCESS sum"}));
  const auto handled = kept.all<HandledOutput>();
  EXPECT_EQ(handled[0].mapping_key, "n0");
  EXPECT_EQ(handled[0].object, "numbers.0.result[n0]");
  EXPECT_EQ(handled[0].bytes, 4);
  EXPECT_EQ(handled[0].layout, "i4");
  EXPECT_EQ(handled[0].keep, "all");
}

TEST(KeepNone, NothingIsStored) {
  MemoryValues values;
  for (const auto keep : {Keep::None, Keep::Failed}) {
    EXPECT_TRUE(run(fan_out(), "fan_out", keep, values).succeeded());
    EXPECT_EQ(values.names(), Texts{});
  }
}

TEST(KeepAll, AnOutputSaysForItself) {
  DefinitionsBuilder defs;
  defs.op<twice>().keep(Keep::All);
  defs.op<numbers>().keep(Keep::None, "result");
  defs.job("fan_out", [](GraphBuilder& g) {
    g.with({.keep = Keep::None}).op<sum>(g.op<numbers>().map<twice>().collect());
  });
  const auto definitions = defs.build().value();
  MemoryValues values;
  run(definitions, "fan_out", Keep::None, values);
  EXPECT_EQ(values.names(), (Texts{"twice[n0].0.result", "twice[n1].0.result"}));
  MemoryValues more;
  run(definitions, "fan_out", Keep::All, more);
  EXPECT_EQ(more.names(), (Texts{"twice[n0].0.result", "twice[n1].0.result"}));
}

TEST(KeepAll, WhatCannotBeStoredFailsItsStep) {
  MemoryValues values;
  values.fill_up();
  const auto failed = run(fan_out(), "fan_out", Keep::All, values);
  EXPECT_EQ(failed.report.status, RunStatus::Failure);
  EXPECT_EQ(failed.report.error.to_string(),
            "step numbers: output \"result\" cannot be kept: cannot write numbers.0.result[n0]: no "
            "room is left");
  EXPECT_TRUE(failed.all<HandledOutput>().empty());
}

TEST(KeepAll, IsRefusedForTypesThatStayInTheirProcess) {
  DefinitionsBuilder defs;
  defs.job("files", [](GraphBuilder& g) { g.op<read_file_of>(g.op<open_file>()); }).keep(Keep::All);
  const auto definitions = defs.build().value();
  const auto refused = run_job(definitions, "files");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Config);
  EXPECT_EQ(refused.error().message,
            "step \"open_file\": keep \"all\" stores output \"result\", and values of type "
            "\"penstock::OpenFile\" stay in their process; give the type encode() and decode(), "
            "see penstock/model/value_codec.h, or keep less of it");
  TestOptions options;
  options.keep = Keep::Failed;
  EXPECT_TRUE(run_job(definitions, "files", "", options).value().succeeded());
}

int seven() { return 7; }
std::optional<int> maybe() { return {}; }
Result<int> fails(const int&) { return Failure("no", {}, false); }
int join(const int& a, const int& b) { return a + b; }
Result<int> fails_for_one(const int& n) {
  if (n == 1) return Failure("no one", {}, false);
  return n;
}

TEST(KeepFailed, WhatAFailedReaderNeededIsStored) {
  DefinitionsBuilder defs;
  defs.job("failing", [](GraphBuilder& g) {
    const auto first = g.op<seven>();
    const auto second = g.op<twice>(first);
    const auto third = g.op<fails>(second);
    const auto other = g.with({.alias = "other"}).op<twice>(first);
    g.op<join>(third, other);
    g.with({.alias = "unread"}).op<twice>(first);
  });
  MemoryValues values;
  const auto failed = run(defs.build().value(), "failing", Keep::Failed, values);
  EXPECT_EQ(failed.report.status, RunStatus::Failure);
  // not that of seven: all of its readers succeeded
  EXPECT_EQ(values.names(), (Texts{"other.0.result", "twice.0.result"}));
  const auto handled = failed.all<HandledOutput>();
  ASSERT_EQ(handled.size(), 2u);
  EXPECT_EQ(handled[0].keep, "failed");
  EXPECT_EQ(failed.events_of({"RUN_FAILURE"}).size(), 1u);
  EXPECT_EQ(event_type(failed.events.back()), "RUN_FAILURE");
}

TEST(KeepFailed, ItemsAndWhatWasMadeOfThemAreStored) {
  DefinitionsBuilder defs;
  defs.job("fan_out", [](GraphBuilder& g) {
    const auto other = g.op<seven>();
    const auto items = g.op<numbers>();
    const auto made = items.map<fails_for_one>();
    g.op<sum>(made.collect());
    items.map<join>(other);
  });
  MemoryValues values;
  const auto failed = run(defs.build().value(), "fan_out", Keep::Failed, values);
  EXPECT_EQ(failed.report.status, RunStatus::Failure);
  // the item whose reader failed, and the copy that sum would have read
  EXPECT_EQ(values.names(), (Texts{"fails_for_one[n0].0.result", "numbers.0.result[n1]"}));
}

TEST(KeepFailed, WhatASkippedReaderWouldHaveReadIsNot) {
  DefinitionsBuilder defs;
  defs.job("skipping",
           [](GraphBuilder& g) { g.op<join>(g.op<seven>(), g.op<maybe>()); });
  MemoryValues values;
  EXPECT_TRUE(run(defs.build().value(), "skipping", Keep::Failed, values).succeeded());
  EXPECT_EQ(values.names(), Texts{});
}

std::stop_source stop;
int stopping(const int& n) {
  stop.request_stop();
  return n + 1;
}

TEST(KeepFailed, ACanceledRunKeepsWhatWaits) {
  DefinitionsBuilder defs;
  defs.job("stopped",
           [](GraphBuilder& g) { g.op<twice>(g.op<stopping>(g.op<seven>())); });
  MemoryValues values;
  TestOptions options;
  options.values = &values;
  options.cancel = stop.get_token();
  const auto canceled = run_job(defs.build().value(), "stopped", "", options).value();
  EXPECT_EQ(canceled.report.status, RunStatus::Canceled);
  EXPECT_EQ(values.names(), (Texts{"stopping.0.result"}));
}

TEST(KeepFailed, WhatCannotBeStoredIsSaid) {
  DefinitionsBuilder defs;
  defs.job("failing", [](GraphBuilder& g) { g.op<fails>(g.op<seven>()); });
  MemoryValues values;
  values.fill_up();
  const auto failed = run(defs.build().value(), "failing", Keep::Failed, values);
  const auto said = failed.all<EngineEvent>();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].text,
            "output \"result\" cannot be kept: cannot write seven.0.result: no room is left; a "
            "re-execution will run its step again");
}

/// Remembers what it was given, and refuses negative numbers.
struct Shelf {
  static inline std::vector<std::string> names;
  Result<StoredObject> handle_output(const OutputContext& output, const Value& value) const {
    if (value.as<int>() < 0) return make_error(ErrorCode::InvalidData, "below zero");
    names.push_back(output.step_key + "/" + output.output);
    return StoredObject{"shelf:" + output.op, 4, "", {{"rows", 1}}};
  }
  Result<Value> load_input(const InputContext&) const { return Value::make(5); }
};
int negative() { return -1; }

Definitions shelved(bool declared = true) {
  DefinitionsBuilder defs;
  if (declared) defs.resource<IoManager>("shelf", [] { return IoManager(Shelf()); });
  defs.op<twice>().io("shelf");
  defs.job("fan_out", [](GraphBuilder& g) { g.op<sum>(g.op<numbers>().map<twice>().collect()); });
  defs.job("negative", [](GraphBuilder& g) { g.with({.io = "shelf"}).op<negative>(); });
  auto built = defs.build();
  if (!declared) {
    EXPECT_FALSE(built.ok());
    EXPECT_NE(built.error().message.find(
                  "fan_out.twice: output \"result\" needs resource \"shelf\" of type "
                  "penstock::IoManager, which is not declared; add "
                  "defs.resource<penstock::IoManager>(\"shelf\", …)"),
              std::string::npos)
        << built.error().message;
  }
  return declared ? *std::move(built) : Definitions(Definitions::Parts());
}

TEST(IoManagers, StoreOutputsBeforeTheirStepSucceeds) {
  Shelf::names.clear();
  MemoryValues values;
  const auto stored = run(shelved(), "fan_out", Keep::None, values);
  EXPECT_TRUE(stored.succeeded());
  EXPECT_EQ(Shelf::names, (Texts{"twice[n0]/result", "twice[n1]/result"}));
  EXPECT_EQ(values.names(), Texts{});
  const auto handled = stored.all<HandledOutput>();
  ASSERT_EQ(handled.size(), 2u);
  EXPECT_EQ(handled[0].manager, "shelf");
  EXPECT_EQ(handled[0].object, "shelf:twice");
  EXPECT_EQ(handled[0].keep, "");
  EXPECT_EQ(handled[0].metadata, (Metadata{{"rows", 1}}));
  EXPECT_EQ(stored.value<int>("twice[n1]"), 2) << "readers get the value, not what was stored";
  EXPECT_EQ(stored.events_of({"RESOURCE_INIT_SUCCESS", "RESOURCE_TEARDOWN"}),
            (Texts{"RESOURCE_INIT_SUCCESS", "RESOURCE_TEARDOWN"}));
}

TEST(IoManagers, WhatTheyCannotStoreFailsItsStep) {
  MemoryValues values;
  const auto failed = run(shelved(), "negative", Keep::None, values);
  EXPECT_EQ(failed.report.error.to_string(),
            "step negative: IO manager \"shelf\" cannot store output \"result\": below zero");
}

TEST(IoManagers, AreResourcesThatAreDeclared) { shelved(/*declared=*/false); }

TEST(Keep, HasNames) {
  EXPECT_EQ(parse_keep("all").value(), Keep::All);
  const auto other = parse_keep("some");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().message,
            "\"some\" does not say what is kept; expected none, failed or all");
}

}  // namespace
}  // namespace penstock

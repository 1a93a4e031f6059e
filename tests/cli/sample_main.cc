// A small program for the tests of the command line: fan-out at run time, a graph inside the job,
// config, a step that fails on request, one that is tried again, one that waits to be interrupted.
#include <penstock/penstock.h>

#include <condition_variable>
#include <mutex>
#include <set>

namespace ps = penstock;

namespace {

struct Scope {
  std::vector<std::string> states = {"CO", "ID", "ME"};
  int rows = 1000;
  std::string fail;
  std::string flaky;
  static void describe(ps::ConfigSchema<Scope>& s) {
    s.field("states", &Scope::states).describe("states to load");
    s.field("rows", &Scope::rows).describe("rows of each state").range(1, 1'000'000);
    s.field("fail", &Scope::fail).describe("state whose transform fails");
    s.field("flaky", &Scope::flaky).describe("state whose extract fails at first");
  }
};

struct StoreConfig {
  std::string path = "data";
  static void describe(ps::ConfigSchema<StoreConfig>& s) {
    s.field("path", &StoreConfig::path).describe("folder of the archives");
  }
};

struct Store {
  std::string path;
};

struct Part {
  std::string state;
  int rows = 0;
  bool fails = false, flaky = false;
};

ps::Result<Store> open_store(const StoreConfig& config) {
  if (config.path == "missing")
    return ps::make_error(ps::ErrorCode::Io, "there is no folder \"missing\"");
  return Store{config.path};
}

ps::Dynamic<Part> choose_parts(ps::OpContext& op, const Scope& scope) {
  ps::Dynamic<Part> parts(op);
  for (const auto& state : scope.states)
    parts.yield(state, {state, scope.rows, state == scope.fail, state == scope.flaky});
  return parts;
}

ps::Result<Part> extract(ps::OpContext& op, ps::Resource<Store> store, const Part& part) {
  if (part.flaky && op.facts().attempt == 0)
    return ps::make_error(ps::ErrorCode::Io, "archive of " + part.state + " is being replaced");
  op.progress(part.rows, part.rows, "rows");
  op.add_metadata("folder", store->path);
  return part;
}

ps::Result<Part> transform(ps::OpContext& op, const Part& part) {
  if (part.fails) {
    ps::Error error = ps::make_error(ps::ErrorCode::InvalidData,
                                     "row 17 of " + part.state + ": \x1b[31mgross load -3 MW");
    return std::move(error).within("column gross_load_mw");
  }
  if (part.state == "ME") op.warning("2 rows of ME have no time");
  op.record(ps::CheckResult{.asset = "hourly",
                            .check = "no_missing_time",
                            .partition = "state=" + part.state,
                            .passed = part.state != "ME",
                            .severity = ps::CheckSeverity::Warn,
                            .description = "2 rows"});
  return part;
}

int load(ps::OpContext& op, const Part& part) {
  op.record(ps::Materialization{.asset = "hourly",
                                .partition = "state=" + part.state,
                                .path = part.state + ".parquet",
                                .metadata = {{"rows", part.rows}, {"bytes", part.rows * 12}}});
  return part.rows;
}

int consolidate(const std::vector<int>& rows) {
  int sum = 0;
  for (const int count : rows) sum += count;
  return sum;
}

int wait_for_end(ps::OpContext& op) {
  op.progress(1, 4, "rows");
  std::mutex mutex;
  std::condition_variable_any asked;
  std::unique_lock lock(mutex);
  asked.wait(lock, op.stop_token(), [] { return false; });
  return 0;
}

int never_ends(ps::OpContext& op) {
  op.progress(1, 4, "rows");
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait(lock, [] { return false; });
  return 0;
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.resource<Store>("store", &open_store);
  defs.op<extract>().describe("read one state").retry({.max_retries = 1});
  auto state_graph = defs.graph("by_state", [](ps::GraphBuilder& g, ps::Ref<Part> part) {
    return g.op<load>(g.op<transform>(g.op<extract>(part)));
  });
  defs.job("etl",
           [&](ps::GraphBuilder& g) {
             auto parts = g.op<choose_parts>();
             g.op<consolidate>(parts.map(state_graph).collect());
           })
      .describe("load hourly data, state by state")
      .tag("team", "data");
  defs.job("wait", [](ps::GraphBuilder& g) { g.op<wait_for_end>(); })
      .describe("wait until somebody interrupts");
  defs.job("stubborn", [](ps::GraphBuilder& g) { g.op<never_ends>(); })
      .describe("never ends, whatever it is asked");
  return defs.build();
}

ps::Result<ps::Definitions> broken_definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("bad name", [](ps::GraphBuilder& g) { g.op<wait_for_end>(); });
  defs.job("lost", [](ps::GraphBuilder& g) { g.op("use", [](ps::Resource<Store>) { return 1; }); });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) {
  return ps::main(argc, argv, std::getenv("SAMPLE_BROKEN") ? broken_definitions : definitions);
}

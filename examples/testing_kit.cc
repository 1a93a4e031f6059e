// What the testing kit offers: one op with a context that remembers, a job with some values given
// or a resource replaced, time that passes when the test says so, and a run that follows a script.
//
// expect: all expectations hold
#include <penstock/penstock.h>
#include <penstock/testing/expect_events.h>
#include <penstock/testing/record_op.h>
#include <penstock/testing/replace_resource.h>
#include <penstock/testing/scripted_run.h>
#include <chrono>
#include <cstdio>

namespace ps = penstock;
using namespace std::chrono_literals;

struct Server {
  int status = 503;  // the real one is down
};

ps::Dynamic<std::string> list_files(ps::OpContext& op) {
  ps::Dynamic<std::string> files(op);
  for (const auto* name : {"a", "b"}) files.yield(name, std::string(name) + ".csv");
  op.info("2 files");
  return files;
}
ps::Result<int> load(ps::Resource<Server> server, const std::string& file) {
  if (server->status != 200) return ps::RetryRequested("the server is down", {.delay = 10min});
  return int(file.size());
}
int sum(const std::vector<int>& all) {
  int total = 0;
  for (const int n : all) total += n;
  return total;
}

ps::Definitions definitions() {
  ps::DefinitionsBuilder defs;
  defs.resource<Server>("server", [] { return Server{}; });
  defs.op<load>().retry({.max_retries = 2}).timeout(1h);
  defs.job("etl", [](ps::GraphBuilder& g) {
    g.op<sum>(g.op<list_files>().map<load>().collect());
  });
  return defs.build().value();
}

void expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("not so: %s\n", what);
  std::exit(1);
}
void expect_none(const std::string& difference) {
  if (difference.empty()) return;
  std::printf("%s\n", difference.c_str());
  std::exit(1);
}

void one_op() {
  // [op]
  ps::testing::RecordedOp op;
  list_files(op.context());
  expect(op.keys() == std::vector<std::string>{"a", "b"}, "what it yielded");
  expect(op.messages().at(0).text == "2 files", "what it said");
  // [/op]
}

void a_job() {
  // [given]
  const auto tested =
      ps::testing::replace_resource<Server>(definitions(), "server", Server{.status = 200});
  ps::testing::TestOptions options;
  options.given.items<std::string>("list_files", {{"x", "x.csv"}, {"y", "yy.csv"}})
      .value("load[y]", 100);
  const auto run = ps::testing::must_run_job(tested, "etl", "", options);  // throws what failed
  expect(run.value<int>("sum") == 5 + 100, "load[x] ran, load[y] did not");
  // [/given]
}

void time_passes() {
  // [clock]
  const auto run = ps::testing::run_job(definitions(), "etl");  // the server is down
  expect(run->report.status == ps::RunStatus::Failure, "it gives up");
  expect(run->report.duration >= 20min, "after two delays, which took no time");
  // [/clock]
}

void a_script() {
  // [script]
  ps::testing::Script script;
  script.step("list_files").yields("a", 1).yields("b", 2).takes(1s);
  script.step("load").takes(5s);                             // all copies, all attempts
  script.step("load[b]", 0).hangs();                         // its first attempt
  script.step("load[b]", 1).crashes("SIGNAL").takes(2min);   // its second
  const auto run = ps::testing::run_scripted(definitions(), "etl", script, {.slots = 2});
  expect(run->succeeded(), "the third attempt came through");
  expect_none(ps::testing::differs(
      run->events, {"STEP_FAILURE", "STEP_SUCCESS"},
      {"STEP_SUCCESS list_files", "STEP_SUCCESS load[a]",
       "STEP_FAILURE load[b]: stopped after its time limit of 1 h 00 min",
       "STEP_FAILURE load[b]: the process of the step ended", "STEP_SUCCESS load[b]",
       "STEP_SUCCESS sum"}));
  expect_none(ps::testing::lacks(run->events, {"STEP_UP_FOR_RETRY load[b]", "STEP_START sum"}));
  // [/script]
}

int main() {
  one_op();
  a_job();
  time_passes();
  a_script();
  std::puts("all expectations hold");
}

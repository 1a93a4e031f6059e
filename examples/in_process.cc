// Runs a job inside the process, as a test does: no command line, no files, no waiting.
//
// expect: 3 evens
// expect: all expectations hold
#include <penstock/penstock.h>
#include <penstock/testing/run_job.h>
#include <cstdio>

namespace ps = penstock;

// [ops]
struct Range {
  int last = 6;
  static void describe(ps::ConfigSchema<Range>& s) { s.field("last", &Range::last).min(0); }
};
ps::Dynamic<int> count_to(ps::OpContext& op, const Range& range) {
  ps::Dynamic<int> numbers(op);
  for (int n = 1; n <= range.last; ++n) numbers.yield(std::to_string(n), n);
  return numbers;
}
ps::Result<int> half(const int& n) {
  if (n % 2 != 0) return ps::Skip("odd");
  return n / 2;
}
std::string tell(const std::vector<int>& halves) {
  return std::to_string(halves.size()) + " evens";
}
// [/ops]

void expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("not so: %s\n", what);
  std::exit(1);
}

int main() {
  // [direct]
  ps::OpContext op;  // without an engine: ignores what it is told
  expect(count_to(op, Range{.last = 3}).items().size() == 3, "an op is called like any function");
  expect(*half(8) == 4, "8 / 2 == 4");
  // [/direct]

  // [run]
  ps::DefinitionsBuilder defs;
  defs.job("evens",
           [](ps::GraphBuilder& g) { g.op<tell>(g.op<count_to>().map<half>().collect()); });
  const auto definitions = defs.build();
  const auto run =
      ps::testing::run_job(*definitions, "evens", "ops: {count_to: {config: {last: 6}}}");
  expect(run.ok() && run->succeeded(), "the run succeeds");
  expect(run->value<int>("half[4]") == 2, "the step of item 4 gave 2");
  expect(run->report.steps.skipped == 3, "three items were skipped");
  expect(run->events_of({"STEP_SKIPPED"}).front() == "STEP_SKIPPED half[1]",
         "and this is the first");
  std::printf("%s\n", run->value<std::string>("tell").c_str());
  // [/run]
  std::puts("all expectations hold");
}

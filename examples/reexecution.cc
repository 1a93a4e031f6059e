// A job that fails late and is taken up where it failed: by hand, or at once by a tag.
//
// run: job run sales --tags penstock/max_retries=1
// expect: it is tried again, 1 of 1 times
// expect: SUCCESS  sales
#include <penstock/penstock.h>
#include <atomic>
#include <numeric>

namespace ps = penstock;

// [job]
ps::Dynamic<std::string> choose_regions(ps::OpContext& op) {
  ps::Dynamic<std::string> regions(op);
  for (const std::string name : {"north", "south"}) regions.yield(name, name);
  return regions;
}

int count_sales(const std::string& region) { return region == "north" ? 12 : 30; }

std::atomic<int> refusals = 1;  // of the printer that this example has to deal with

ps::Result<int> print_report(const std::vector<int>& sales) {
  if (refusals-- > 0) return ps::Failure("no paper", {}, false);
  return std::accumulate(sales.begin(), sales.end(), 0);
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("sales", [](ps::GraphBuilder& g) {
    g.op<print_report>(g.op<choose_regions>().map<count_sales>().collect());
  });
  return defs.build();
}
// [/job]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

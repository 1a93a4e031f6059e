// Several outputs, an output that may be missing, and a step that runs whatever happened before it.
//
// run: job run sort
// expect: SUCCESS  sort  6 steps
// run: job show sort
// expect: split
#include <penstock/penstock.h>
#include <algorithm>

namespace ps = penstock;

using Numbers = std::vector<int>;

// [outputs]
Numbers numbers() { return {4, -1, 7}; }

ps::Outputs<ps::Out<"good", Numbers>, ps::Out<"bad", Numbers>> split(const Numbers& all) {
  Numbers good, bad;
  for (const int n : all) (n < 0 ? bad : good).push_back(n);
  return {{good}, {bad}};
}

// No value: what needs it is skipped, and so is what needs that.
std::optional<int> largest_bad(const Numbers& bad) {
  if (bad.size() < 2) return std::nullopt;
  return *std::max_element(bad.begin(), bad.end());
}
// [/outputs]

int twice(const int& n) { return 2 * n; }
int count(const Numbers& good) { return int(good.size()); }

// [trigger]
std::string tell(const std::optional<int>& twice_bad, const std::optional<int>& good) {
  return std::to_string(good.value_or(0)) + " good" + (twice_bad ? "" : ", nothing to report");
}
// [/trigger]

// [job]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.op<tell>().describe("says how it went").trigger(ps::TriggerRule::NoneFailed);
  defs.job("sort", [](ps::GraphBuilder& g) {
    auto parts = g.op<split>(g.op<numbers>());
    auto report = g.op<twice>(g.op<largest_bad>(parts.get<"bad">()));
    g.op<tell>(report, g.op<count>(parts.get<"good">()));
  });
  return defs.build();
}
// [/job]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

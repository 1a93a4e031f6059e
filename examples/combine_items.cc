// Items that may fail, pairs of items, a reduction, and a bound on what is under way.
//
// run: job run harvest
// expect: goes on without 1 failed items of pick.result
// expect: SUCCESS  harvest
#include <penstock/penstock.h>
#include <algorithm>

namespace ps = penstock;

// [items]
ps::Dynamic<int> trees(ps::OpContext& op) {
  ps::Dynamic<int> apples(op);
  for (const int tree : {3, 5, 8, 0, 13}) apples.yield("tree" + std::to_string(tree), tree);
  return apples;
}
ps::Result<int> pick(const int& apples) {
  if (apples == 0) return ps::Failure("the tree is bare", {}, false);
  return apples;
}
int add(const int& left, const int& right) { return left + right; }
int most(const std::vector<int>& apples) { return *std::max_element(apples.begin(), apples.end()); }
// [/items]

// [pairs]
ps::Dynamic<double> weights() {
  ps::Dynamic<double> grams;
  for (const int tree : {13, 8, 5, 3, 0}) grams.yield("tree" + std::to_string(tree), 100.0 + tree);
  return grams;
}
double weigh(const int& apples, const double& grams) { return apples * grams; }
double heaviest(const std::vector<double>& all) {
  return *std::max_element(all.begin(), all.end());
}
// [/pairs]

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("harvest", [](ps::GraphBuilder& g) {
    // [bound]
    auto apples = g.with({.max_in_flight = 2}).op<trees>();
    // [/bound]
    // [collect]
    auto picked = apples.map<pick>();
    g.op<most>(picked.collect({.drop_failed = 1}));
    picked.reduce<add>({.fan_in = 2, .drop_failed = 1});
    // [/collect]
    // [zip]
    auto weighed = g.zip(picked, g.op<weights>()).map<weigh>();  // weigh[tree3], …
    g.op<heaviest>(weighed.collect({.drop_failed = 1}));
    // [/zip]
  });
  return defs.build();
}

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

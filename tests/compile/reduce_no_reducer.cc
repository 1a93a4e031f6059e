// A reduction makes an item of items.
// expect: penstock: reduce() takes an op that makes one item of two
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }
double mean(const std::vector<int>&) { return 0; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<many>().reduce<mean>(); });
}

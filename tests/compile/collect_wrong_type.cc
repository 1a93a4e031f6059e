// collect() gives a vector of the items.
// expect: penstock: this output cannot feed that input
// expect: std::vector<int
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }
int one(const int& n) { return n; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<one>(g.op<many>().map<one>().collect()); });
}

// What is mapped over pairs takes both sides.
// expect: penstock: what is mapped over zip() or product() takes one input per side first
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }
int one(const int& n) { return n; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.zip(g.op<many>(), g.op<many>()).map<one>(); });
}

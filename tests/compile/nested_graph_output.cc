// A graph gives one value or one dynamic output, not one inside another.
// expect: penstock: a graph cannot return what is mapped over two dynamic outputs
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }
ps::Dynamic<int> more(const int&) { return {}; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.graph("graph", [](ps::GraphBuilder& g) { return g.op<many>().map<more>(); });
}

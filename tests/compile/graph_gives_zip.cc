// A graph gives values or items, not pairs.
// expect: penstock: a graph cannot return what zip() or product() gives
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.graph("graph", [](ps::GraphBuilder& g) {
    auto items = g.op<many>();
    return g.zip(items, items);
  });
}

// More than two sides are named in one call.
// expect: penstock: a join is not joined once more
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) {
    auto items = g.op<many>();
    g.product(items, g.zip(items, items));
  });
}

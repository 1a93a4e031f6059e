// Items that are joined stand in the same items.
// expect: penstock: zip() and product() join items of one depth
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }
ps::Dynamic<int> more(const int&) { return {}; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) {
    auto outer = g.op<many>();
    g.zip(outer, outer.map<more>());
  });
}

// Only dynamic outputs have items to pair.
// expect: penstock: zip() and product() join dynamic outputs
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }
int one() { return 1; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.zip(g.op<many>(), g.op<one>()); });
}

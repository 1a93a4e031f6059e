// A dynamic output is mapped or collected; it is not one value.
// expect: penstock: this output cannot feed that input
// expect: penstock::Dynamic<int>
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }
int one(const int& n) { return n; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<one>(g.op<many>()); });
}

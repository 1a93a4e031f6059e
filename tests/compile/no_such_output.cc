// Outputs are named; only those an op declares can be taken.
// expect: penstock: the op has no output of that name
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Outputs<ps::Out<"good", int>, ps::Out<"bad", int>> split() { return {{1}, {2}}; }
int one(const int& n) { return n; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<one>(g.op<split>().get<"ugly">()); });
}

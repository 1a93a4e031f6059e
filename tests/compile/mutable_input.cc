// Inputs are shared with other steps, so no op may change them.
// expect: penstock: an op takes its inputs, config and resources by value or by const reference
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

int one() { return 1; }
int change(int& n) { return ++n; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<change>(g.op<one>()); });
}

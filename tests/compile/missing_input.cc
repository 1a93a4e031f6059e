// Every input of an op must be connected.
// expect: penstock: the op takes another number of inputs than are connected here
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

int join(const int& left, const int& right) { return left + right; }
int one() { return 1; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<join>(g.op<one>()); });
}

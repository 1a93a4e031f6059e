// An output may only feed an input of its own type.
// expect: penstock: this output cannot feed that input
// expect: Connect<
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

struct Rows {};
struct Report {};
Rows load_rows() { return {}; }
void print(const Report&) {}

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<print>(g.op<load_rows>()); });
}

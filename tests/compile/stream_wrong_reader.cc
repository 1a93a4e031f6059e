// Batches do not come one by one: the reader takes the stream.
// expect: penstock: this output cannot feed that input
// expect: penstock::Stream<int>
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Stream<int> count() { return {}; }
int one(const int& n) { return n; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<one>(g.op<count>()); });
}

// A stream is read by the step that takes it, not gathered.
// expect: penstock: a stream is read by a step that takes it
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }
ps::Stream<int> count(const int&) { return {}; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<many>().map<count>().collect(); });
}

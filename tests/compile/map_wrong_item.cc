// What is mapped takes an item as its first input.
// expect: penstock: this output cannot feed that input
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

ps::Dynamic<int> many() { return {}; }
struct Text {};
Text shout(const Text& text) { return text; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<many>().map<shout>(); });
}

// An op takes one config at most.
// expect: penstock: an op takes at most one config; join the two structs into one
#include "penstock/model/config_schema.h"
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

struct A {
  int a = 1;
  static void describe(ps::ConfigSchema<A>& s) { s.field("a", &A::a); }
};
struct B {
  int b = 1;
  static void describe(ps::ConfigSchema<B>& s) { s.field("b", &B::b); }
};
int both(const A& a, const B& b) { return a.a + b.b; }

void wrong(ps::DefinitionsBuilder& defs) {
  defs.job("job", [](ps::GraphBuilder& g) { g.op<both>(); });
}

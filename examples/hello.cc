// The smallest program: one op, one job.
//
// run: job run hello
// expect: SUCCESS  hello
// run: job list
// expect: hello
#include <penstock/penstock.h>

namespace ps = penstock;

// [op]
std::string greet(ps::OpContext& op) {
  op.info("about to greet");  // goes into the event log
  return "hello, world";      // so does what comes back
}
// [/op]

// [main]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("hello", [](ps::GraphBuilder& g) { g.op<greet>(); });
  return defs.build();
}

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }
// [/main]

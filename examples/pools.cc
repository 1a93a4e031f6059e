// Pools: a resource with licences, one that only one step may use at a time, one of each step's
// own, and a pool of the job.
//
// run: job run load
// expect: SUCCESS  load
// run: job run load --pool network=1
// expect: SUCCESS  load
// run: job run load --dry-run
// expect: pool solver: 2
#include <penstock/penstock.h>

namespace ps = penstock;

// [resources]
struct Solver {};
struct Printer {};
struct Scratch {
  std::string folder;
};
// [/resources]

// [ops]
ps::Dynamic<int> parts(ps::OpContext& op) {
  ps::Dynamic<int> out(op);
  for (int i = 0; i < 6; ++i) out.yield(std::to_string(i), i);
  return out;
}
int fetch(const int& part) { return part; }
int solve(ps::Resource<Solver>, ps::Resource<Scratch>, const int& part) { return part; }
int print(ps::Resource<Printer>, const int& part) { return part; }
// [/ops]

// [definitions]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.resource<Solver>("solver", [] { return Solver(); }).tokens(2);
  defs.resource<Printer>("printer", [] { return Printer(); }).exclusive();
  defs.resource<Scratch>("scratch", [] { return Scratch{"/tmp"}; })
      .scope(ps::ResourceScope::Step);
  defs.op<fetch>().pool("network", 1);
  defs.job("load",
           [](ps::GraphBuilder& g) {
             auto heavy = g.op<parts>().map<fetch>();
             heavy.with({.pools = {{"solver", 2}}}).map<solve>();
             heavy.map<print>();
           })
      .pool("network", 3);
  return defs.build();
}
// [/definitions]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

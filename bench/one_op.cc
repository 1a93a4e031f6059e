// The smallest program there is: one op that does nothing. Measured from the command line as the
// peer's is (bench/peers/dagster_small.py):
//   bench_one_op job run one_op
#include <penstock/penstock.h>

namespace {

void nothing() {}

penstock::Result<penstock::Definitions> definitions() {
  penstock::DefinitionsBuilder defs;
  defs.job("one_op", [](penstock::GraphBuilder& g) { g.op<nothing>(); });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return penstock::main(argc, argv, definitions); }

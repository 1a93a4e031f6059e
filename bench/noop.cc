// A user's program of no-op jobs, to be measured from the command line as the peers are
// (bench/peers/dagster_noop.py has the same jobs):
//   bench_noop job run chain_1000|fan_1000|dynamic_1274
#include "bench/noop_jobs.h"

namespace {

penstock::Result<penstock::Definitions> definitions() {
  penstock::DefinitionsBuilder defs;
  bench::add_chain(defs, "chain_1000", 1000);
  bench::add_fan(defs, "fan_1000", 1000);
  bench::add_dynamic(defs, "dynamic_1274", 1274);
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return penstock::main(argc, argv, definitions); }

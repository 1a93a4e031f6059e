// Steps in processes of their own: one crashes, which costs one attempt and nothing else.
//
// run: job run survey
// expect: SUCCESS  survey
// run: job run survey --executor processes --step-memory 512MiB
// expect: SUCCESS  survey
// run: run list
// expect: survey
#include <penstock/penstock.h>
#include <csignal>

namespace ps = penstock;

struct Sample {
  std::string site;
  std::vector<double> depths;
};

// [crash]
// A library that is known to crash now and then: when it does, the step fails, and is tried again.
std::vector<double> parse_with_old_library(ps::OpContext& op, const Sample& sample) {
  op.out() << "parsing " << sample.site << '\n';  // kept with the step
  if (op.facts().attempt == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    std::raise(SIGSEGV);
  }
  return sample.depths;
}
// [/crash]

Sample read_sample() { return {"Bergen", {3.5, 4.25, 12}}; }
double deepest(const std::vector<double>& depths) { return depths.back(); }

// [executor]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.op<parse_with_old_library>()
      .executor(ps::ExecutorKind::Processes)  // whatever the executor of the run
      .memory(256 << 20)                      // and it is held to what it says it needs
      .retry({.max_retries = 2});
  defs.job("survey", [](ps::GraphBuilder& g) {
    g.op<deepest>(g.op<parse_with_old_library>(g.op<read_sample>()));
  });
  return defs.build();
}
// [/executor]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

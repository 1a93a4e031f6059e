// Runs that are killed and executed again, from a seed: the real planner and reactor, values with
// content, a store that loses some of them. However often a run was broken off, what it gives in
// the end is what one undisturbed run gives.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "penstock/event/run_history.h"
#include "penstock/plan/plan_reexecution.h"
#include "penstock/run/reactor.h"
#include "tests/sim/random_graph.h"

namespace penstock::sim {

/// What goes wrong in one run.
struct Trouble {
  double failures = 0;           ///< probability that an attempt fails
  double lost = 0;               ///< probability that a value is not kept
  std::uint64_t kill_after = 0;  ///< events; 0: it is not killed
};

/// What a chain of runs gave: per step key how it ended and a number for its output and items.
using Outcome = std::map<std::string, std::string>;

/// Runs one job again and again.
class RunChain {
 public:
  RunChain(std::uint64_t seed, const Definitions& definitions)
      : random_(seed), definitions_(definitions) {}

  /// Run the job; from what the runs before have, when there are any. `resume`: a run that was
  /// killed goes on. True when it succeeded, or there was nothing left to be run.
  bool run(const Trouble& trouble, bool resume = false);
  Outcome outcome() const;
  std::int64_t reused() const { return reused_; }
  std::int64_t executed() const { return executed_; }
  std::int64_t resumed() const { return resumed_; }

 private:
  class Execution;

  Random random_;
  const Definitions& definitions_;
  RunHistory history_;
  std::uint64_t runs_ = 0;
  std::map<std::string, Value> store_;          // what was kept, by object
  std::set<std::string> parts_;                 // paths of what reductions combine on their way
  std::set<std::string> joins_;                 // paths of steps that the engine does itself
  std::map<std::string, std::uint64_t> truth_;  // every value, by run, step, output and item
  RunRecord record_;                            // of the last run
  bool killed_ = false;                         // likewise
  std::int64_t reused_ = 0, executed_ = 0, resumed_ = 0;
};

}  // namespace penstock::sim

// Random jobs, run by the real reactor with a simulated clock and workers, from a seed.
//
// A seed decides the graph (nested dynamic outputs, maps, collects, values shared between scopes),
// how long each attempt takes, how it ends, which messages come late, twice or never, and whether
// the process is killed in the middle. A failing seed is printed and replays the same run.
#include <gtest/gtest.h>

#include <unistd.h>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "tests/sim/simulation.h"

namespace penstock::sim {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

volatile std::sig_atomic_t has_seed = 0;
std::array<char, 80> replay_text;

/// A broken invariant aborts, another mistake may crash: then this is all that can be said.
void say_seed(int signal) {
  if (has_seed != 0) {
    const auto size = std::char_traits<char>::length(replay_text.data());
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, replay_text.data(), size);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void remember(std::uint64_t seed) {
  std::snprintf(replay_text.data(), replay_text.size(),
                "replay with PENSTOCK_SIM_FIRST=%llu PENSTOCK_SIM_SEEDS=1\n",
                static_cast<unsigned long long>(seed));
  has_seed = 1;
}

std::vector<std::string> run_seed(std::uint64_t seed, Tally& tally) {
  Random random(seed);
  const auto definitions = random_definitions(random);
  Simulation simulation(random, definitions, {.cancel = seed % 5 == 0, .kill = seed % 7 == 0},
                        tally);
  simulation.run();
  return simulation.trace();
}

void run_chain(std::uint64_t seed, Tally& tally) {
  Random random(seed);
  const auto definitions = chain_definitions(std::uint32_t(1 + below(random, 6)));
  Simulation simulation(random, definitions,
                        {.failures = false, .losses = false, .duplicates = false, .items = 60},
                        tally);
  simulation.run();
}

/// PENSTOCK_SIM_FIRST and PENSTOCK_SIM_SEEDS widen this to a campaign: see `make sim`.
TEST(ReactorSimulation, KeepsItsPromisesForEverySeed) {
  for (const int signal : {SIGABRT, SIGSEGV}) std::signal(signal, say_seed);
  const auto first = number_from("PENSTOCK_SIM_FIRST", 1);
  const auto seeds = number_from("PENSTOCK_SIM_SEEDS", 500);
  std::size_t events = 0;
  Tally tally;
  for (auto seed = first; seed < first + seeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    remember(seed);
    std::vector<std::string> trace;
    EXPECT_NO_THROW(trace = run_seed(seed, tally));
    events += trace.size();
    if (seed % 10 == 0) {
      ++tally["the same seed gives the same run"];
      EXPECT_EQ(run_seed(seed, tally), trace) << "the same seed gives another run";
      run_chain(seed, tally);
    }
    if (HasFailure()) ADD_FAILURE() << replay_text.data();
  }
  has_seed = 0;
  for (const int signal : {SIGABRT, SIGSEGV}) std::signal(signal, SIG_DFL);
  if (HasFailure()) return;
  EXPECT_GE(events, seeds) << "the simulated runs did nothing";
  for (const auto& [what, times] : tally) EXPECT_GT(times, 0u) << what;
  if (std::getenv("PENSTOCK_SIM_SEEDS") == nullptr) return;
  for (const auto& [what, times] : tally)
    std::printf("promise %llu %s\n", static_cast<unsigned long long>(times),
                std::string(what).c_str());
}

}  // namespace
}  // namespace penstock::sim

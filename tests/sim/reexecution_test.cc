// Whatever happened to a run: executed again, it gives what an undisturbed run gives.
// PENSTOCK_SIM_FIRST and PENSTOCK_SIM_SEEDS widen this to a campaign: see `make sim`.
#include "tests/sim/reexecution.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace penstock::sim {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Steps of scopes that vanished with an earlier attempt are not steps of the last run.
Outcome only_those_of(const Outcome& all, const Outcome& wanted) {
  Outcome some;
  for (const auto& [key, text] : all)
    if (wanted.contains(key)) some[key] = text;
  return some;
}

TEST(Reexecution, GivesWhatAnUndisturbedRunGives) {
  const auto first = number_from("PENSTOCK_SIM_FIRST", 1);
  const auto seeds = number_from("PENSTOCK_SIM_SEEDS", 400);
  std::int64_t reused = 0, executed = 0, again = 0, resumed = 0;
  for (auto seed = first; seed < first + seeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto definitions = random_definitions(random, Collects::Repeat);
    RunChain undisturbed(seed, definitions);
    ASSERT_TRUE(undisturbed.run({}));
    RunChain broken(seed + 1, definitions);
    const double lost = seed % 3 == 0 ? 0.3 : 0;
    bool done = broken.run({0.1, lost, 1 + below(random, 60)});
    for (int attempts = 1; !done; ++attempts) {
      ASSERT_LT(attempts, 100) << "the job never ends";
      ++again;
      const bool calm = attempts > 5;
      const auto kill = calm || chance(random, 0.5) ? 0 : 1 + below(random, 60);
      done = broken.run({calm ? 0 : 0.1, lost, kill}, chance(random, 0.5));
    }
    const auto expected = undisturbed.outcome();
    EXPECT_EQ(only_those_of(broken.outcome(), expected), expected);
    if (HasFailure())
      ADD_FAILURE() << "replay with PENSTOCK_SIM_FIRST=" << seed << " PENSTOCK_SIM_SEEDS=1";
    reused += broken.reused();
    executed += broken.executed();
    resumed += broken.resumed();
  }
  if (HasFailure()) return;
  EXPECT_GT(again, std::int64_t(seeds / 4)) << "too few runs were broken off";
  EXPECT_GT(reused, 0);
  EXPECT_GT(executed, 0);
  EXPECT_GT(resumed, 0);
  if (std::getenv("PENSTOCK_SIM_SEEDS") == nullptr) return;
  std::printf("promise %llu a run that is executed again gives what an undisturbed one gives\n",
              static_cast<unsigned long long>(seeds));
}

}  // namespace
}  // namespace penstock::sim

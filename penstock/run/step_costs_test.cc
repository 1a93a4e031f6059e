#include "penstock/run/step_costs.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(LearnedMemory, IsNothingWithoutSamples) { EXPECT_FALSE(learned_memory({}, 10).has_value()); }

TEST(LearnedMemory, ScalesByTheSizeOfTheInputs) {
  const std::vector<OpSample> samples{{1, 100, 300, 5}};
  EXPECT_EQ(learned_memory(samples, 200), 600u);
  EXPECT_EQ(learned_memory(samples, 50), 150u);
  EXPECT_EQ(learned_memory(samples, 0), 300u) << "of a size that is not known, as it was";
}

TEST(LearnedMemory, IsNotMoreThanNineInTenNeeded) {
  std::vector<OpSample> samples;
  for (int i = 1; i <= 10; ++i) samples.push_back({std::uint64_t(i), 0, i == 3 ? 900 : i, 0});
  EXPECT_EQ(learned_memory(samples, 0), 10u) << "one in ten needed more";
  samples.resize(2);
  EXPECT_EQ(learned_memory(samples, 0), 2u) << "of few, the most";
}

PlannedStep template_of(std::string path, std::vector<std::uint32_t> readers) {
  PlannedStep step;
  step.path = std::move(path);
  step.readers.emplace_back();
  for (const auto reader : readers) step.readers[0].push_back({reader, {}});
  return step;
}

TEST(LearnCosts, AddsUpTheLongestWayBehindEachStep) {
  RunPlan plan;
  plan.steps = {template_of("a", {1, 2}), template_of("b", {3}), template_of("c", {3}),
                template_of("d", {})};
  const auto costs = learn_costs(plan, {{"a", {2, 20, 15}}, {"b", {1, 5, 5}}, {"c", {1, 7, 7}}});
  EXPECT_EQ(costs.remaining, (std::vector<Micros>{Micros(17), Micros(5), Micros(7), Micros(0)}));
  EXPECT_TRUE(learn_costs(plan, {}).remaining.empty());
}

}  // namespace
}  // namespace penstock

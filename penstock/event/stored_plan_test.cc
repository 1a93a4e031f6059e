#include "penstock/event/stored_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace penstock {
namespace {

constexpr std::string_view kPlan =
    R"({"steps":[{"path":"numbers","op":"numbers","signature":"s1","pools":{"net":2}},)"
    R"({"path":"twice","op":"twice","inputs":{"value":{"from":["numbers.items"]}},)"
    R"("mapped_over":"numbers.items","after":["first"],"signature":"s2","config":"c2",)"
    R"("reason":"changed","anew":true}],"pools":{"net":4}})";

TEST(StoredPlan, IsReadAsItWasWritten) {
  const auto plan = parse_stored_plan(kPlan);
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.pools, (std::map<std::string, std::int64_t>{{"net", 4}}));
  EXPECT_EQ(plan.steps[0].pools, (std::map<std::string, std::int64_t>{{"net", 2}}));
  const auto& twice = plan.steps[1];
  EXPECT_EQ(twice.path, "twice");
  EXPECT_EQ(twice.signature, "s2");
  EXPECT_EQ(twice.config, "c2");
  EXPECT_EQ(twice.reason, "changed");
  EXPECT_TRUE(twice.anew);
  EXPECT_EQ(twice.reads, (std::vector<std::string>{"numbers", "first"}));
}

TEST(StoredPlan, WhatIsOfAnotherTypeIsLeftOut) {
  for (const auto* json :
       {"", "null", "[1]", "{", R"({"steps":7})", R"({"steps":{"a":1},"pools":[1]})"})
    EXPECT_TRUE(parse_stored_plan(json).steps.empty()) << json;
  const auto plan = parse_stored_plan(
      R"({"steps":[1,{"path":2,"inputs":[3],"anew":"yes"},{"path":"a","inputs":{"x":1,)"
      R"("y":{"from":7},"z":{"from":[8,"b.out"]}},"pools":{"p":"many","q":1.5,"r":3},)"
      R"("after":{},"mapped_over":9}],)"
      R"("pools":{"p":[]}})");
  ASSERT_EQ(plan.steps.size(), 3u);
  EXPECT_EQ(plan.steps[1].path, "");
  EXPECT_EQ(plan.steps[2].reads, (std::vector<std::string>{"b"}));
  EXPECT_EQ(plan.steps[2].pools, (std::map<std::string, std::int64_t>{{"r", 3}}));
  EXPECT_TRUE(plan.pools.empty());
}

TEST(StoredPlan, DamagedOnesDoNoHarm) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 5000; ++i) {
    std::string bad(kPlan);
    for (int n = 0; n < 3; ++n) bad[random() % bad.size()] = "{}[],:\"1a"[random() % 9];
    EXPECT_LE(parse_stored_plan(bad).steps.size(), 10u);
  }
  const std::string deep(1'000'000, '[');
  EXPECT_TRUE(parse_stored_plan(R"({"steps":)" + deep).steps.empty());
}

}  // namespace
}  // namespace penstock

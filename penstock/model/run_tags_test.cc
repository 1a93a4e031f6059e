#include "penstock/model/run_tags.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

std::string refused(std::string key, std::string value = "x") {
  const auto checked = check_user_tags({{std::move(key), std::move(value)}});
  return checked.ok() ? "" : checked.error().message;
}

TEST(RunTags, OfUsersHaveLimitsAndLeaveThoseOfTheEngineAlone) {
  EXPECT_EQ(refused("team"), "");
  EXPECT_EQ(refused("penstock/max_retries", "3"), "");
  EXPECT_EQ(refused(std::string(63, 'k'), std::string(4096, 'v')), "");
  EXPECT_EQ(refused(""), "the key of the tag \"\" has 0 bytes; expected 1 to 63");
  EXPECT_TRUE(refused(std::string(64, 'k')).ends_with("has 64 bytes; expected 1 to 63"));
  EXPECT_EQ(refused("team", std::string(4097, 'v')),
            "the value of the tag \"team\" has 4097 bytes; expected at most 4096");
  EXPECT_EQ(refused("penstock/max_retrys"),
            "the tag \"penstock/max_retrys\" is set by Penstock itself; did you mean "
            "\"penstock/max_retries\"?");
  EXPECT_EQ(refused("penstock/backfill"),
            "the tag \"penstock/backfill\" is set by Penstock itself; of its tags you may set "
            "penstock/max_retries, penstock/retry_strategy, penstock/max_runtime");
  EXPECT_EQ(check_user_tags({{"", "x"}, {std::string(64, 'k'), "x"}}).error().message,
            refused("") + "; " + refused(std::string(64, 'k')));
}

TEST(RunTags, WithoutAnEffectAreRefused) {
  EXPECT_EQ(refused("penstock/priority", "3"),
            "the tag \"penstock/priority\" has no effect: runs do not wait in a queue; to order "
            "the steps of a run, set the priority of ops: .priority(1)");
  EXPECT_EQ(refused("penstock/concurrency_key"),
            "the tag \"penstock/concurrency_key\" has no effect: runs do not wait for each other; "
            "to limit the steps of a run that run at the same time, use a pool");
}

}  // namespace
}  // namespace penstock

#include "penstock/base/narrow.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace penstock {
namespace {

TEST(Narrow, KeepsWhatFits) {
  EXPECT_EQ(narrow<std::uint16_t>(65'535), 65'535);
  EXPECT_EQ(narrow<std::int32_t>(std::uint64_t{INT32_MAX}), INT32_MAX);
  EXPECT_EQ(try_narrow<std::int32_t>(std::int64_t{INT32_MIN}), INT32_MIN);
}

TEST(Narrow, NoticesWhatDoesNot) {
  EXPECT_EQ(try_narrow<std::uint16_t>(65'536), std::nullopt);
  EXPECT_EQ(try_narrow<std::uint32_t>(-1), std::nullopt);
  EXPECT_EQ(try_narrow<std::int32_t>(std::uint64_t{INT32_MAX} + 1), std::nullopt);
  EXPECT_DEATH(narrow<std::uint16_t>(65'536), "a number is larger than its type can hold");
  EXPECT_DEATH(narrow<std::uint32_t>(-1), "a number is larger than its type can hold");
}

TEST(Narrow, SaturatesAtBothEnds) {
  EXPECT_EQ(saturate<std::int32_t>(std::uint64_t{UINT64_MAX}), INT32_MAX);
  EXPECT_EQ(saturate<std::int32_t>(std::int64_t{INT64_MIN}), INT32_MIN);
  EXPECT_EQ(saturate<std::uint32_t>(-7), 0u);
  EXPECT_EQ(saturate<std::uint32_t>(7), 7u);
  EXPECT_EQ(saturating_add(INT32_MAX, 1), INT32_MAX);
  EXPECT_EQ(saturating_add(INT32_MIN, -1), INT32_MIN);
  EXPECT_EQ(saturating_add(std::uint64_t{UINT64_MAX}, std::uint64_t{2}), UINT64_MAX);
  EXPECT_EQ(saturating_add(2, 3), 5);
}

enum class Color : std::uint8_t { Red = 3 };
TEST(Narrow, ReadsTheNumberOfAnEnumerator) { EXPECT_EQ(number_of(Color::Red), 3); }

}  // namespace
}  // namespace penstock

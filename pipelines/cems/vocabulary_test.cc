#include "pipelines/cems/vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cems {
namespace {

TEST(Vocabulary, HasTheStatesAndYearsOfEachLayout) {
  EXPECT_EQ(states_of(Layout::Prototype).size(), 49u);
  EXPECT_EQ(states_of(Layout::Current).size(), 52u);
  EXPECT_EQ(states_of(Layout::Current).front(), "AK");
  EXPECT_TRUE(std::ranges::is_sorted(states_of(Layout::Prototype)));
  for (const auto* never : {"AS", "GU", "MP", "VI"})
    EXPECT_EQ(std::ranges::count(states_of(Layout::Current), never), 0) << never;
  EXPECT_EQ(years_of(Layout::Prototype).size() * states_of(Layout::Prototype).size(), 1274u);
  EXPECT_EQ(years_of(Layout::Current).back(), 2026);
}

TEST(Vocabulary, ShowsMonthsAsRanges) {
  EXPECT_EQ(format_months({}), "none");
  EXPECT_EQ(format_months(std::vector{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), "01 to 10");
  EXPECT_EQ(format_months(std::vector{11, 12}), "11, 12");
  EXPECT_EQ(format_months(std::vector{1, 3, 4, 5, 9}), "01, 03 to 05, 09");
}

}  // namespace
}  // namespace cems

#include "penstock/base/one_of.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock {
namespace {

struct Large {
  std::string first = {}, second = {};
};
using Some = OneOf<int, bool, Large>;

TEST(OneOf, GivesWhatItHolds) {
  const Some number(7), large(Large{"a", "b"});
  EXPECT_EQ(number.get<int>(), 7);
  EXPECT_TRUE(number.is<int>());
  EXPECT_EQ(number.get_if<Large>(), nullptr);
  EXPECT_EQ(large.get<Large>().second, "b");
  EXPECT_FALSE(large.is<int>());
  EXPECT_TRUE((large.is<int, Large>()));
  EXPECT_THROW(large.get<bool>(), std::bad_variant_access);
}

TEST(OneOf, IsAsLargeAsItsSmallTypes) { EXPECT_LE(sizeof(Some), 3 * sizeof(void*)); }

TEST(OneOf, CopiesShareWhatIsLarge) {
  const Some large(Large{"a", "b"});
  const Some copy = large;
  EXPECT_EQ(copy.get_if<Large>(), large.get_if<Large>());
}

TEST(OneOf, IsAnEmptyValueOfTheLastTypeWhenNoneWasGiven) {
  const Some none;
  EXPECT_TRUE(none.is<Large>());
  EXPECT_EQ(none.get<Large>().first, "");
}

TEST(OneOf, VisitsTheValueItself) {
  const auto name = []<class T>(const T&) { return std::is_same_v<T, Large> ? "large" : "small"; };
  EXPECT_STREQ(Some(Large{}).visit(name), "large");
  EXPECT_STREQ(Some(true).visit(name), "small");
}

}  // namespace
}  // namespace penstock

#include "penstock/base/file_name.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(FileName, ShortTextsAreEncodedAndLongOnesGetADigest) {
  EXPECT_EQ(file_name("load[a/b]"), "load%5Ba%2Fb%5D");
  EXPECT_EQ(file_name(".."), "%2E%2E");
  const std::string longest(kLongestFileName, 'x');
  EXPECT_EQ(file_name(longest), longest);
  const auto one = file_name(longest + "1"), two = file_name(longest + "2");
  EXPECT_EQ(one.size(), kLongestFileName);
  EXPECT_TRUE(one.starts_with(std::string(167, 'x') + "~"));
  EXPECT_NE(one, two);
  EXPECT_EQ(one, file_name(longest + "1"));
  EXPECT_EQ(file_name(std::string(1'000'000, '/')).size(), kLongestFileName);
  EXPECT_NE(file_name(one), one) << "no text is named as another one was shortened";
}

}  // namespace
}  // namespace penstock

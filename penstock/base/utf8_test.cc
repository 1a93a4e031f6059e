#include "penstock/base/utf8.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Utf8Test, TakesWhatTheRfcTakes) {
  for (const char* text :
       {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "caf\xc3\xa9 \xe2\x82\xac"})
    EXPECT_TRUE(is_utf8(text)) << text;
}

TEST(Utf8Test, RefusesWhatTheRfcRefuses) {
  for (const char* text :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc2", "\xc2 ", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8, BordersAreBetweenCharacters) {
  const std::string text = "aü€🌍z";  // of 1, 2, 3, 4 and 1 bytes
  const std::size_t borders[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11, 11};
  for (std::size_t at = 0; at < std::size(borders); ++at)
    EXPECT_EQ(utf8_border(text, at), borders[at]) << at;
  EXPECT_EQ(utf8_border("\x80\x80\x80\x80\x80", 4), 4u) << "no character is cut here";
}

TEST(Utf8, BytesThatAreNoTextAreReplacedOneByOne) {
  const std::string mark = "\xEF\xBF\xBD";
  const std::pair<std::string, std::string> cases[] = {
      {"plain text of more than eight bytes", "plain text of more than eight bytes"},
      {"12345678\xff", "12345678" + mark},
      {"\xff", mark},
      {"a\xC3", "a" + mark},
      {"\xE2\x82z", mark + mark + "z"},
      {"\xED\xA0\x80", mark + mark + mark},
      {"\xC0\x80", mark + mark},
      {"ü\x80€", "ü" + mark + "€"},
      {std::string(1, '\0'), std::string(1, '\0')},
      {"", ""}};
  for (const auto& [before, after] : cases) {
    auto text = before;
    EXPECT_EQ(make_utf8(text), before != after) << after;
    EXPECT_EQ(text, after);
    EXPECT_TRUE(is_utf8(text));
  }
}

}  // namespace
}  // namespace penstock

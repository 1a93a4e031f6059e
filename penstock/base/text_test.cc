#include "penstock/base/text.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Printable, ControlCharactersBecomeVisible) {
  EXPECT_EQ(printable("a\x1b[31mb\x7f\tc\n"), "a\\x1b[31mb\\x7f\tc\n");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");  // U+009B, which is ESC [
  EXPECT_EQ(printable("\xc2\x80\xc2\x9f\xc2\xa0"), "\\x80\\x9f\xc2\xa0");
}

TEST(Printable, BytesThatAreNoTextBecomeVisible) {
  EXPECT_EQ(printable("a\x9b"
                      "31m\xff\xe2\x80"),
            "a\\x9b31m\\xff\\xe2\\x80");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

TEST(Printable, WhatTurnsTextAroundBecomesVisible) {
  EXPECT_EQ(printable("\u202egnp.\u202c"), "\\u202egnp.\\u202c");
  EXPECT_EQ(printable("\u2066\u2069\u200e\u200f\u2028\u2029"),
            "\\u2066\\u2069\\u200e\\u200f\\u2028\\u2029");
  EXPECT_EQ(printable("Ærø → 日本 😀 \u200d"), "Ærø → 日本 😀 \u200d");
}

TEST(Quote, EscapesAsJsonDoes) {
  EXPECT_EQ(quote("a\"\\\n\t\r\x01"), "\"a\\\"\\\\\\n\\t\\r\\u0001\"");
  EXPECT_EQ(quote("\xc2\x9b\u202eé"), "\"\\u009b\\u202eé\"");
}

TEST(Text, SizesAreReadExactly) {
  EXPECT_EQ(parse_bytes("9007199254740993").value(), 9007199254740993u);
  EXPECT_EQ(parse_bytes("9223372036854775807B").value(), 9223372036854775807u);
  EXPECT_EQ(parse_bytes("9007199254740991KiB").value(), 9007199254740991u * 1024);
  EXPECT_EQ(parse_bytes("1.5k").value(), 1536u);
  for (const auto* text : {"9223372036854775808", "9007199254740992KiB", "99999999999999999999",
                           "8192PiB", "-1", "1e400", "inf", "nan", ""})
    EXPECT_FALSE(parse_bytes(text).ok()) << text;
}

}  // namespace
}  // namespace penstock

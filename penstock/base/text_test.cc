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

}  // namespace
}  // namespace penstock

#include "penstock/view/text_table.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(TextStyle, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("µs"), 2u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\xcc\x81"), 1u);
  EXPECT_EQ(display_width("\xff"), 1u);
}

TEST(TextStyle, CutsAtColumns) {
  EXPECT_EQ(truncate_to_width("abcdef", 4), "abc…");
  EXPECT_EQ(truncate_to_width("日本語", 4), "日…");
  EXPECT_EQ(truncate_to_width("abc", 3), "abc");
}

TEST(TextStyle, PaintsOnlyWithColour) {
  EXPECT_EQ(paint("x", Tone::Bad, {}), "x");
  EXPECT_EQ(paint("x", Tone::Bad, {.color = true}), "\x1b[31mx\x1b[0m");
}

TEST(TextTable, AlignsAndTrims) {
  TextTable table({{"NAME"}, {"ROWS", Align::Right}, {"NOTE"}});
  table.add({"a", "1,000", "x"});
  table.add({"longer", "7"});
  EXPECT_EQ(table.to_text({}, "  "),
            "  NAME     ROWS  NOTE\n"
            "  a       1,000  x\n"
            "  longer      7\n");
}

TEST(TextTable, CutsFlexibleColumnsToTheTerminal) {
  TextTable table({{"STEP", Align::Left, true}, {"N", Align::Right}});
  table.add({"state_year.transform[year=2017]", "3"});
  EXPECT_EQ(table.to_text({.width = 20}),
            "STEP               N\n"
            "state_year.trans…  3\n");
}

TEST(TextTable, ShowsControlCharacters) {
  TextTable table({{"A"}});
  table.add({"x\x1b[2Jy\nz"});
  EXPECT_EQ(table.to_text({}), "A\nx\\x1b[2Jy z\n");
}

TEST(TextTable, IsNothingWithoutRows) { EXPECT_EQ(TextTable({{"A"}}).to_text({}), ""); }

}  // namespace
}  // namespace penstock

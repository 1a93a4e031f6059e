#include "penstock/frame/number.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "penstock/frame/detail/number_fast.h"

namespace penstock {
namespace {

/// Runs a fast reader on a text that is followed by other bytes.
template <class T, class Read>
std::optional<T> fast(Read read, const std::string& text) {
  const std::string padded = text + "9\",\"9999";
  T value = 0;
  if (!read(padded.data(), text.size(), value)) return {};
  return value;
}
std::optional<double> fast_decimal(const std::string& text) {
  return fast<double>(detail::read_short_decimal, text);
}
std::optional<std::uint32_t> fast_int(const std::string& text) {
  return fast<std::uint32_t>(detail::read_short_int, text);
}

TEST(NumberTest, ReadsDecimals) {
  EXPECT_EQ(parse_double("0"), 0.0);
  EXPECT_EQ(parse_double("450"), 450.0);
  EXPECT_EQ(parse_double(".4"), 0.4);
  EXPECT_EQ(parse_double("5."), 5.0);
  EXPECT_EQ(parse_double("-26439.7"), -26439.7);
  EXPECT_EQ(parse_double("+1.67E+07"), 1.67e7);
  EXPECT_EQ(parse_double("1e-3"), 0.001);
  EXPECT_EQ(parse_double("0.1000000000000000055511151231257827021181583404541015625"), 0.1);
  EXPECT_EQ(parse_double("9007199254740993"), 9007199254740992.0);
}

TEST(NumberTest, RefusesWhatIsNotADecimal) {
  for (const char* text : {"",     " 1",       "1 ",   "x",     ".",   "-",     "+",   "+-1",
                           "-+1",  "--1",      "1..2", "1.2.3", "1,5", "0x10",  "inf", "nan",
                           "-inf", "infinity", "NaN",  "1e",    "1e+", "1e999", "1d5"})
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
}

TEST(NumberTest, ReadsIntegers) {
  EXPECT_EQ(parse_int("0"), 0);
  EXPECT_EQ(parse_int("-7"), -7);
  EXPECT_EQ(parse_int("+007"), 7);
  EXPECT_EQ(parse_int("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", " 1", "1.0", "1e3", "+-1", "9223372036854775808", "0x1", "-"})
    EXPECT_EQ(parse_int(text), std::nullopt) << text;
}

TEST(NumberTest, ReadsEveryShortDecimalAsTheLibraryDoes) {
  std::mt19937 random(64);
  for (int round = 0; round < 200000; ++round) {
    std::string text;
    const std::size_t size = 1 + random() % 8;
    for (std::size_t i = 0; i < size; ++i) text += char('0' + random() % 10);
    if (random() % 4 != 0) text[random() % size] = '.';
    if (text == ".") continue;
    const auto value = fast_decimal(text);
    ASSERT_TRUE(value.has_value()) << text;
    const double expected = std::strtod(text.c_str(), nullptr);
    ASSERT_EQ(std::memcmp(&*value, &expected, sizeof expected), 0) << text;
  }
}

TEST(NumberTest, ReadsShortTextsOnlyWhenTheyAreNumbers) {
  for (int c = 0; c < 256; ++c) {
    const bool digit = c >= '0' && c <= '9';
    for (std::size_t size = 1; size <= 8; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, '1');
        text[at] = char(c);
        EXPECT_EQ(fast_int(text).has_value(), digit) << c << " at " << at << " of " << size;
        EXPECT_EQ(fast_decimal(text).has_value(), digit || (c == '.' && size > 1))
            << c << " at " << at << " of " << size;
      }
    }
  }
  for (const char* text : {"1..2", "..", "./1", "1./", "1.2.3", "-1", "1e5"})
    EXPECT_EQ(fast_decimal(text), std::nullopt) << text;
  EXPECT_EQ(fast_int("00000042"), 42u);
  EXPECT_EQ(fast_int("99999999"), 99999999u);
}

TEST(NumberTest, CountsDays) {
  EXPECT_EQ(days_from_date(1970, 1, 1), 0);
  EXPECT_EQ(days_from_date(2017, 1, 31), 17197);
  EXPECT_EQ(days_from_date(1969, 12, 31), -1);
  EXPECT_EQ(days_from_date(2020, 2, 29), 18321);
  EXPECT_EQ(days_from_date(2017, 2, 29), std::nullopt);
  EXPECT_EQ(days_from_date(2017, 13, 1), std::nullopt);
  EXPECT_EQ(days_from_date(2017, 0, 1), std::nullopt);
  EXPECT_EQ(days_from_date(2017, 4, 31), std::nullopt);
  EXPECT_EQ(days_from_date(2017, 4, 0), std::nullopt);
}

}  // namespace
}  // namespace penstock

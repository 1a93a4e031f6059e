#include "penstock/base/duration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

namespace penstock {
namespace {

using namespace std::chrono_literals;

TEST(Micros, TakesEveryDurationOfStdChrono) {
  EXPECT_EQ(Micros(90min), Micros(5'400'000'000));
  EXPECT_EQ(Micros(std::chrono::hours::max()), Micros::max());
  EXPECT_EQ(Micros(std::chrono::hours::min()), Micros::min());
  EXPECT_EQ(Micros(std::chrono::years(300'000)), Micros::max());
  EXPECT_EQ(Micros(std::chrono::milliseconds::max()), Micros::max());
  EXPECT_EQ(Micros(std::chrono::microseconds::max()), Micros::max());
  EXPECT_EQ(Micros(std::numeric_limits<std::uint64_t>::max()), Micros::max());
  EXPECT_EQ(Micros(std::chrono::duration<std::uint64_t>(~0ull)), Micros::max());
  const std::optional<Micros> optional = std::chrono::hours::max();
  EXPECT_EQ(optional, Micros::max());
}

TEST(Micros, StopsInsteadOfOverflowing) {
  constexpr auto kMost = Micros::max(), kLeast = Micros::min();
  EXPECT_EQ(kMost + 1us, kMost);
  EXPECT_EQ(1h + kMost, kMost);
  EXPECT_EQ(kLeast - 1us, kLeast);
  EXPECT_EQ(kMost - kLeast, kMost);
  EXPECT_EQ(kLeast + kMost, Micros(-1));
  EXPECT_EQ(-kLeast, kMost);
  EXPECT_EQ(kMost * 2, kMost);
  EXPECT_EQ(kMost * -2, kLeast);
  EXPECT_EQ(kLeast * -1, kMost);
  EXPECT_EQ(kLeast / -1, kMost);
  EXPECT_EQ(kMost / 2, Micros(4'611'686'018'427'387'903));
  EXPECT_EQ(kMost + std::chrono::hours::max(), kMost);
  auto sum = kMost;
  EXPECT_EQ(sum += 5s, kMost);
  EXPECT_EQ(sum -= kMost, Micros());
}

TEST(Micros, TakesFloatingNumbers) {
  EXPECT_EQ(Micros::from(1.4L), Micros(1));
  EXPECT_EQ(Micros::from(1e30L), Micros::max());
  EXPECT_EQ(Micros::from(-1e30L), Micros::min());
  EXPECT_EQ(Micros::from(HUGE_VALL), Micros::max());
  EXPECT_EQ(Micros::from(std::nanl("")), Micros());
  EXPECT_EQ(Micros::from(static_cast<long double>(Micros::max().count())), Micros::max());
}

TEST(FormatDuration, ShowsEveryLength) {
  EXPECT_EQ(format_duration(Micros(340)), "340 µs");
  EXPECT_EQ(format_duration(-5s), "-5.0 s");
  EXPECT_EQ(format_duration(Micros::max()), "2562047788 h 00 min");
  EXPECT_EQ(format_duration(Micros::min()), "-2562047788 h 00 min");
}

TEST(ParseDuration, ReadsWhatPeopleType) {
  const std::vector<std::pair<std::string, Micros>> cases = {
      {"0", 0s},
      {"-0", 0s},
      {"90", 90s},
      {"90s", 90s},
      {"1.5h", 90min},
      {"0.5 ms", 500us},
      {"250us", 250us},
      {"3000ns", 3us},
      {"2w", 336h},
      {"30d", 720h},
      {"1e3s", 1000s},
      {"5m", 5min},
      {" 5 min ", 5min},
      {"0.1s", 100ms},
      {"0.000001s", 1us},
      {"200000d", std::chrono::days(200'000)},
      {"9223372036854775807us", Micros::max()}};
  for (const auto& [text, expected] : cases) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << parsed.error().to_string();
    EXPECT_EQ(*parsed, expected) << text;
  }
}

TEST(ParseDuration, RefusesWhatItCannotSay) {
  const std::string no_length =
      " is not a length of time; expected a number of at least 0 and ms, s, m, h, d or w, such as "
      "30d";
  const std::string too_long = " is too long a time; expected at most 106751991d";
  const std::string no_whole = " is not a whole number of microseconds; round it";
  for (const auto* text : {"", "h", "-5s", "-0.5", "soon", "5 parsecs", "nan", "inf", "-inf",
                           "infinity", "nanh", "1h30m", "0x10", "1e99999s", "--5", "5 5s"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::Config);
    EXPECT_EQ(parsed.error().message, "\"" + std::string(text) + "\"" + no_length);
  }
  for (const auto* text : {"1e30s", "9223372036854775808us", "99999999999999999999d", "1e300w"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().message, "\"" + std::string(text) + "\"" + too_long);
  }
  for (const auto* text : {"1ns", "0.5us", "0.0000001s", "1.0000001s", "1500ns"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().message, "\"" + std::string(text) + "\"" + no_whole);
  }
}

}  // namespace
}  // namespace penstock

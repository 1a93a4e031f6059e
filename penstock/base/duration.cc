#include "penstock/base/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "penstock/base/text.h"

namespace penstock {

Micros Micros::from(long double microseconds) {
  if (std::isnan(microseconds)) return Micros();
  // Both bounds are powers of two, so that they are exact.
  if (microseconds >= 0x1p63L) return max();
  if (microseconds <= -0x1p63L) return min();
  return Micros(std::llround(microseconds));
}

std::string format_duration(Micros duration) {
  const auto us = duration.count();
  if (us < 0) return "-" + format_duration(-duration);
  if (us < 1'000) return fmt::format("{} µs", us);
  if (us < 1'000'000) return fmt::format("{} ms", us / 1'000);
  if (us < 60'000'000) return fmt::format("{:.1f} s", double(us) / 1e6);
  const auto s = us / 1'000'000;
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
/// Those that spell_duration() uses, from the smallest.
constexpr std::array kUnits = {Unit{"ns", 1},
                               Unit{"us", 1'000},
                               Unit{"ms", 1'000'000},
                               Unit{"s", 1'000'000'000},
                               Unit{"min", 60'000'000'000},
                               Unit{"h", 3'600'000'000'000},
                               Unit{"d", 86'400'000'000'000}};
constexpr std::array kOtherUnits = {Unit{"", 1'000'000'000}, Unit{"m", 60'000'000'000},
                                    Unit{"w", 604'800'000'000'000}};

/// Nanoseconds of a unit; 0 for what is not one.
std::int64_t unit_of_time(std::string_view name) {
  for (const auto& unit : kUnits)
    if (unit.name == name) return unit.nanoseconds;
  for (const auto& unit : kOtherUnits)
    if (unit.name == name) return unit.nanoseconds;
  return 0;
}

}  // namespace

namespace detail {

long double SpelledDuration::in(std::int64_t tick) const {
  // Divided where it is exact, so that a large number keeps its last digits.
  if (unit % tick == 0) return number * static_cast<long double>(unit / tick);
  if (tick % unit == 0) return number / static_cast<long double>(tick / unit);
  return number * static_cast<long double>(unit) / static_cast<long double>(tick);
}

std::optional<SpelledDuration> read_spelled_duration(std::string_view text) {
  text = trim(text);
  SpelledDuration spelled;
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, spelled.number);
  if (error != std::errc() || !std::isfinite(spelled.number)) return {};
  spelled.unit = unit_of_time(trim({end, std::size_t(last - end)}));
  return spelled.unit == 0 ? std::nullopt : std::optional(spelled);
}

std::optional<std::int64_t> whole_number(long double number) {
  constexpr long double kRoundingError = 0x1p-52L;  // of a number that was a double
  const auto nearest = std::round(number);
  if (std::abs(number - nearest) > std::abs(number) * kRoundingError) return {};
  if (nearest >= 0x1p63L) return std::numeric_limits<std::int64_t>::max();
  if (nearest < -0x1p63L) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(nearest);
}

std::string spell_duration(std::int64_t ticks, std::int64_t tick) {
  __extension__ using Wide = __int128;
  const auto nanoseconds = Wide(ticks) * tick;
  if (nanoseconds == 0) return "0s";
  auto best = kUnits[0];
  for (const auto& unit : kUnits)
    if (nanoseconds % unit.nanoseconds == 0) best = unit;
  return fmt::format("{}{}", nanoseconds / best.nanoseconds, best.name);
}

}  // namespace detail

Result<Micros> parse_duration(std::string_view text) {
  const auto spelled = detail::read_spelled_duration(text);
  if (!spelled || spelled->number < 0)
    return make_error(ErrorCode::Config,
                      quote(text) +
                          " is not a length of time; expected a number of at least 0 and ms, s, "
                          "m, h, d or w, such as 30d");
  const auto number = spelled->in(1000);
  if (number >= 0x1p63L)
    return make_error(ErrorCode::Config,
                      quote(text) + " is too long a time; expected at most 106751991d");
  const auto us = detail::whole_number(number);
  if (!us)
    return make_error(ErrorCode::Config,
                      quote(text) + " is not a whole number of microseconds; round it");
  return Micros(*us);
}

}  // namespace penstock

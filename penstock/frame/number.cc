#include "penstock/frame/number.h"

#include <fast_float/fast_float.h>

#include <charconv>
#include <chrono>
#include <cmath>

namespace penstock {
namespace {

/// Without a leading plus sign, which the parsers below do not take.
std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

bool starts_as_number(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  return !text.empty() && (text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
}

}  // namespace

std::optional<double> parse_double(std::string_view text) {
  text = without_plus(text);
  if (!starts_as_number(text)) return {};
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto result = fast_float::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value)) return {};
  return value;
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  text = without_plus(text);
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return {};
  return value;
}

std::optional<std::int32_t> days_from_date(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(unsigned(month)),
                                         std::chrono::day(unsigned(day))};
  if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 || !date.ok())
    return {};
  return std::int32_t(std::chrono::sys_days(date).time_since_epoch().count());
}

}  // namespace penstock

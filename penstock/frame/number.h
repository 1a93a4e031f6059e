// Numbers and dates in text: strict, exact, independent of the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace penstock {

/// The binary64 nearest to a decimal text such as `450`, `.4`, `-1.67E+07`; nothing for anything
/// else (blanks, hexadecimal, `inf`, `nan`, an overflow).
std::optional<double> parse_double(std::string_view text);
/// A decimal integer with an optional sign; nothing for anything else or when it does not fit.
std::optional<std::int64_t> parse_int(std::string_view text);
/// Days since 1970-01-01 of a proleptic Gregorian date; nothing when there is no such day.
std::optional<std::int32_t> days_from_date(int year, int month, int day);

}  // namespace penstock

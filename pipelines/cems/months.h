// Calendar arithmetic on local hours, counted since 1970-01-01 00:00.
#pragma once

#include <chrono>
#include <cstdint>

namespace cems {

/// The first hour of a month; month 13 is January of the next year.
inline std::int32_t first_hour_of(int year, int month) {
  namespace chrono = std::chrono;
  const chrono::year_month_day first(chrono::year(year + (month - 1) / 12),
                                     chrono::month(unsigned((month - 1) % 12 + 1)), chrono::day(1));
  return std::int32_t(chrono::sys_days(first).time_since_epoch().count()) * 24;
}

}  // namespace cems

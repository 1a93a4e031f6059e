// Calendar arithmetic on local hours, counted since 1970-01-01 00:00.
#pragma once

#include <chrono>
#include <cstdint>

namespace cems {

/// The first hour of a month; month 13 is January of the next year.
inline std::int32_t first_hour_of(int year, int month) {
  using namespace std::chrono;
  const auto first = std::chrono::year(year + (month - 1) / 12) / std::chrono::month(unsigned((month - 1) % 12 + 1)) / 1;
  return std::int32_t(sys_days(first).time_since_epoch().count()) * 24;
}

}  // namespace cems

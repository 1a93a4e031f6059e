#include "penstock/cli/local_time.h"

#include <fmt/format.h>

#include <ctime>

namespace penstock {

LocalTime local_time(Time time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return {fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday),
          fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec),
          parts.tm_zone != nullptr ? parts.tm_zone : ""};
}

}  // namespace penstock

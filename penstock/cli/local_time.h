// Points in time as people read them: in the zone of the environment, which is named.
#pragma once

#include <string>

#include "penstock/base/clock.h"

namespace penstock {

/// A point in time, in parts.
struct LocalTime {
  std::string date;   ///< `2026-11-26`
  std::string clock;  ///< `00:43:05`
  std::string zone;   ///< `CET`
};
LocalTime local_time(Time time);

}  // namespace penstock

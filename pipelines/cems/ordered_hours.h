// Which unit each hour belongs to in the output, and the order of the hours there.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <penstock/base/result.h>

#include "pipelines/cems/crosswalk.h"
#include "pipelines/cems/raw_hours.h"
#include "pipelines/cems/time_zones.h"

namespace cems {

/// A unit of the output. Several source units may be the same one.
struct OutputUnit {
  std::int32_t plant_epa = 0;
  std::int32_t plant_eia = 0;
  std::string unit = {};
  std::chrono::seconds offset = {};  ///< local standard time minus UTC
};

/// What was found while units were resolved.
struct UnitCounts {
  std::int64_t crosswalk_matches = 0;
  std::int64_t crosswalk_fallbacks = 0;  ///< units that keep EPA's plant number
  std::int64_t zone_fallbacks = 0;       ///< units whose zone was found by EPA's plant number
  std::int64_t stripped_ids = 0;         ///< units that lost leading zeros
  std::int64_t empty_ids = 0;            ///< units of zeros alone, whose id became empty
};

/// Rows that share their key with another row.
struct Duplicates {
  std::int64_t rows = 0;
  std::vector<std::string> examples = {};  ///< keys, at most 10
};

/// The hours of a partition in the order of the output's primary key.
struct OrderedHours {
  std::vector<OutputUnit> units;       ///< sorted by EPA plant, then unit id by bytes
  std::vector<std::uint32_t> unit_of;  ///< source unit -> index into `units`
  std::vector<HourRun> runs;           ///< sorted by unit and hour; HourRun::unit is the source's
  UnitCounts counts;
  Duplicates duplicates;

  const OutputUnit& unit(const HourRun& run) const { return units[unit_of[run.unit]]; }
};

/// Resolve units (leading zeros, EIA plant, time zone, by the layout's rules) and sort the runs.
///
/// A plant without a zone is `timezone_missing`, which lists all of them in order of appearance.
/// Without a crosswalk (prototype) the EIA plant is EPA's.
penstock::Result<OrderedHours> order_hours(const RawHours& raw, const Crosswalk* crosswalk,
                                           const TimeZones& zones);

/// `(3, "1", 2017-01-01T06:00Z)`: the key of an hour as shown in messages.
std::string format_key(const OutputUnit& unit, std::int32_t local_hour);

/// Seconds since 1970 UTC of a local hour of a unit.
inline std::int64_t utc_seconds(const OutputUnit& unit, std::int32_t local_hour) {
  return std::int64_t(local_hour) * 3600 - unit.offset.count();
}

}  // namespace cems

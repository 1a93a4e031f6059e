// Finds rows of real data in a frame, for tests that compare with known values.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "pipelines/cems/datastore.h"
#include "pipelines/cems/layouts.h"
#include "pipelines/cems/load.h"
#include "pipelines/cems/test_support.h"
#include "pipelines/cems/transform.h"

namespace cems::testing {

/// Archives and the tables beside them, opened.
struct RealData {
  Datastore archives;
  Crosswalk crosswalk;
  TimeZones zones;
  AnnualTotals annual;

  Lookups lookups() const { return {.crosswalk = &crosswalk, .zones = &zones, .annual = &annual}; }
  penstock::Result<HourlyTable> table(const Partition& partition, const Scope& scope = {}) const {
    const auto raw = PENSTOCK_TRY(extract_hours(archives, partition, scope));
    return transform_hours(raw, lookups(), scope.files);
  }
};

inline RealData open_data(const std::filesystem::path& archives,
                          const std::filesystem::path& tables) {
  return {Datastore::open(archives).value(),
          Crosswalk::open(tables / "epa_eia_crosswalk.csv").value(),
          TimeZones::open(tables / "plant_timezones_2017.csv").value(),
          AnnualTotals::open(tables / "epa_annual_unit_totals_2017.csv").value()};
}

/// The archives that are checked in.
inline const RealData& own_data() {
  static const RealData data = open_data(data_folder(), data_folder() / "reference");
  return data;
}

/// The reference folder beside all archives.
inline std::filesystem::path all_reference() { return all_archives()->parent_path() / "reference"; }

/// All archives; only where all_archives() has a value.
inline const RealData& all_data() {
  static const RealData data = open_data(*all_archives(), all_reference());
  return data;
}

/// An hour of a unit as text: EIA plant, then the measures and codes of the layout `current`, `-`
/// for null, or `no such row`.
inline std::string row_of(const HourlyTable& table, std::int32_t plant, std::string_view unit,
                          std::chrono::sys_seconds utc) {
  const auto& frame = table.frame;
  const bool current = table.layout == Layout::Current;
  const auto& plants = frame.find(current ? "plant_id_epa" : "plant_id_eia")->get<std::int32_t>();
  const auto& units = *frame.find(current ? "emissions_unit_id_epa" : "unitid");
  const auto& times = frame.find("operating_datetime_utc")->get<std::int64_t>();
  const std::int64_t time = utc.time_since_epoch().count() * (current ? 1000 : 1);
  for (std::int64_t row = 0; row < frame.rows; ++row) {
    const auto at = std::size_t(row);
    if (plants[at] != plant || times[at] != time || units.text(row) != unit) continue;
    std::string text = std::to_string(frame.find("plant_id_eia")->get<std::int32_t>()[at]);
    for (const auto* name :
         {"operating_time_hours", "gross_load_mw", "heat_content_mmbtu",
          current ? "steam_load_lbs" : "steam_load_1000_lbs", "so2_mass_lbs",
          "so2_mass_measurement_code", "nox_mass_lbs", "nox_mass_measurement_code", "co2_mass_tons",
          "co2_mass_measurement_code"}) {
      const auto& column = *frame.find(name);
      if (column.is_null(row)) {
        text += " -";
      } else if (column.type == penstock::DataType::Category) {
        text += " " + std::string(column.text(row));
      } else {
        char shown[32];
        std::snprintf(shown, sizeof shown, " %.7g", double(column.get<float>()[at]));
        text += shown;
      }
    }
    return text;
  }
  return "no such row";
}

}  // namespace cems::testing

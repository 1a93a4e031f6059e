// Turns the raw hours of a partition into the published table, checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <penstock/base/result.h>
#include <penstock/frame/column.h>
#include <penstock/frame/profile.h>
#include <penstock/model/metadata.h>

#include "pipelines/cems/annual_totals.h"
#include "pipelines/cems/crosswalk.h"
#include "pipelines/cems/frame_columns.h"
#include "pipelines/cems/ordered_hours.h"
#include "pipelines/cems/raw_hours.h"
#include "pipelines/cems/time_zones.h"

namespace cems {

/// The tables that all partitions share. They live longer than every use.
struct Lookups {
  const Crosswalk* crosswalk = nullptr;  ///< not used by the prototype's layout
  const TimeZones* zones = nullptr;
  const AnnualTotals* annual = nullptr;  ///< none: no reconciliation
};

/// One partition of the table, sorted by its key, with what is known about it.
struct HourlyTable {
  Partition partition;
  Layout layout = Layout::Current;
  penstock::Frame frame;
  std::vector<penstock::CheckResult> checks;  ///< in a fixed order
  UnitCounts units;
  std::int64_t unit_count = 0;
  std::int64_t plant_count = 0;
  std::int64_t load_rule_hits = 0;
  std::uint64_t csv_bytes = 0;
  std::vector<RawSource> sources;
  std::vector<RawSource> supplements;
  std::vector<std::string> warnings;
  std::int64_t bad_values = 0;  ///< measures that became null by request

  /// Bytes held.
  std::uint64_t bytes() const { return frame.bytes(); }
};

/// Make the table of a partition, with the columns that `files` of that form hold.
///
/// Rows are neither added nor dropped.
/// Fails when a unit has no time zone. What the checks find is in the result; first_problem() tells
/// whether it may be loaded.
penstock::Result<HourlyTable> transform_hours(const RawHours& raw, const Lookups& lookups,
                                              Files files = Files::Flat);

/// The first failed check whose severity is Error, as an error: duplicate keys are `key_duplicate`,
/// nulls in required columns `schema_violation`, others `check_failed`.
penstock::Status first_problem(const HourlyTable& table);

/// What becomes of a measure in a layout.
MeasureRule rule_of(Measure measure, Layout layout);

}  // namespace cems

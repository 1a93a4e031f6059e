// What must hold for the table, and what should: each check counts what breaks it and shows
// examples.
//
// Checks of a partition look at the raw hours, their order and the finished frame; checks of the
// whole table look at what was loaded. A failed check of severity Error stops its partition.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/frame/column.h>
#include <penstock/model/metadata.h>

#include "pipelines/cems/annual_totals.h"
#include "pipelines/cems/ordered_hours.h"
#include "pipelines/cems/partition.h"
#include "pipelines/cems/raw_hours.h"

namespace cems {

/// The asset that all checks are about.
inline constexpr std::string_view kAsset = "hourly_emissions";

/// What a partition's checks look at.
struct CheckInput {
  const RawHours& raw;
  const OrderedHours& ordered;
  const penstock::Frame& frame;
};

penstock::CheckResult check_rows_in_equal_rows_out(const CheckInput& input);
penstock::CheckResult check_primary_key_unique(const CheckInput& input);
/// The columns that the schema requires, and the plant and state that are never null in valid
/// output.
penstock::CheckResult check_required_not_null(const CheckInput& input);
/// State cells are the partition's, or those of the layout where a quarter has all states; local
/// years and months are those of the partition and the file.
penstock::CheckResult check_partition_consistent(const CheckInput& input);
/// Rows come in multiples of 24, in all and per unit.
penstock::CheckResult check_whole_days(const CheckInput& input);
/// A unit has each hour of a local month exactly once, or none.
penstock::CheckResult check_hours_contiguous(const CheckInput& input);
/// The months of a unit form one run.
penstock::CheckResult check_months_contiguous(const CheckInput& input);
penstock::CheckResult check_codes_known(const CheckInput& input);
/// A mass is null exactly when its code is.
penstock::CheckResult check_codes_match_values(const CheckInput& input);
/// A unit that did not run reports nothing else.
penstock::CheckResult check_idle_rows_empty(const CheckInput& input);
penstock::CheckResult check_value_ranges(const CheckInput& input);
/// The row count of an archive that is known by its MD5. Passes for others.
penstock::CheckResult check_rows_per_partition(const CheckInput& input);
/// EPA's annual totals; passes with a note where they do not apply.
penstock::CheckResult check_annual_reconciliation(const CheckInput& input,
                                                  const AnnualTotals* annual);

/// All checks of a partition, in the order above.
std::vector<penstock::CheckResult> check_partition(const CheckInput& input,
                                                   const AnnualTotals* annual);

/// What the checks of the whole table know of each loaded partition.
struct LoadedFacts {
  Partition partition;
  std::int64_t rows = 0;
  std::map<std::string, std::int64_t> nulls = {};  ///< by column
};

/// No column is null in every row of the table.
penstock::CheckResult check_column_not_empty(std::span<const LoadedFacts> loaded);
/// Years of which every contiguous state is there have about the published number of rows.
penstock::CheckResult check_rows_per_year(std::span<const LoadedFacts> loaded);

}  // namespace cems

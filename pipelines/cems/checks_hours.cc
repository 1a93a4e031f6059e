// Checks of keys and hours: is every hour there, once, in the partition where it belongs?
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <penstock/base/text.h>

#include "pipelines/cems/checks.h"
#include "pipelines/cems/finding.h"
#include "pipelines/cems/layouts.h"
#include "pipelines/cems/months.h"

namespace cems {
namespace {

using penstock::CheckResult;
using penstock::CheckSeverity;

constexpr int kMonthsOfYear = 12;
constexpr std::int64_t kHoursOfDay = 24;

/// Local hours at which the months of a year begin, and the year after.
using MonthStarts = std::array<std::int32_t, kMonthsOfYear + 1>;

MonthStarts month_starts(int year) {
  MonthStarts starts;
  for (int month = 1; month <= kMonthsOfYear + 1; ++month)
    starts[std::size_t(month - 1)] = first_hour_of(year, month);
  return starts;
}

/// How many hours one unit of the output has, by month.
struct UnitHours {
  std::int64_t rows = 0;
  std::array<std::int64_t, kMonthsOfYear> by_month = {};
};

std::vector<UnitHours> count_hours(const CheckInput& input) {
  const auto starts = month_starts(input.raw.partition.year);
  std::vector<UnitHours> units(input.ordered.units.size());
  for (const auto& run : input.ordered.runs) {
    auto& unit = units[input.ordered.unit_of[run.unit]];
    unit.rows += run.count;
    const auto end = run.hour + std::int32_t(run.count);
    const auto after = std::upper_bound(starts.begin(), starts.end(), run.hour);
    auto month = std::max<std::ptrdiff_t>(after - starts.begin() - 1, 0);
    for (; month < kMonthsOfYear && starts[std::size_t(month)] < end; ++month) {
      const auto first = std::max(run.hour, starts[std::size_t(month)]);
      const auto last = std::min(end, starts[std::size_t(month) + 1]);
      unit.by_month[std::size_t(month)] += std::max(0, last - first);
    }
  }
  return units;
}

std::string show(const OutputUnit& unit) {
  return fmt::format("plant {} unit {}", unit.plant_epa, penstock::quote(unit.unit));
}

/// The months in which a run of a file may lie: those of the file, or of the quarter.
std::pair<int, int> months_of(const Partition& partition, const HourRun& run) {
  if (partition.quarter != 0) return {partition.quarter * 3 - 2, partition.quarter * 3};
  return {run.month, run.month};
}

}  // namespace

CheckResult check_rows_in_equal_rows_out(const CheckInput& input) {
  Finding finding;
  if (input.raw.rows != input.frame.rows)
    finding.add(std::abs(input.raw.rows - input.frame.rows),
                fmt::format("{} rows read, {} rows made", input.raw.rows, input.frame.rows));
  return finding.result("rows_in_equal_rows_out", CheckSeverity::Error, input.raw.partition.key(),
                        input.raw.rows, "rows were lost or added");
}

CheckResult check_primary_key_unique(const CheckInput& input) {
  Finding finding;
  const auto& duplicates = input.ordered.duplicates;
  for (const auto& example : duplicates.examples) finding.add(0, example);
  finding.count(duplicates.rows);
  const auto& key = schema_of(input.raw.layout)->primary_key;
  return finding.result("primary_key_unique", CheckSeverity::Error, input.raw.partition.key(),
                        input.raw.rows, fmt::format("rows share ({})", penstock::join(key, ", ")));
}

CheckResult check_required_not_null(const CheckInput& input) {
  Finding finding;
  const auto& fields = input.frame.schema->fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool required =
        !fields[i].nullable || fields[i].name == "state" || fields[i].name == "plant_id_eia";
    const auto nulls = input.frame.columns[i].null_count;
    if (required && nulls != 0)
      finding.add(nulls,
                  fmt::format("column {} is required but has {} nulls", fields[i].name, nulls));
  }
  return finding.result("required_not_null", CheckSeverity::Error, input.raw.partition.key(),
                        input.frame.rows, "nulls in required columns");
}

CheckResult check_partition_consistent(const CheckInput& input) {
  Finding finding;
  const auto& partition = input.raw.partition;
  const auto& fields = input.frame.schema->fields;
  const auto& states = std::ranges::find(fields, "state", &penstock::Field::name)->categories;
  for (const auto& run : input.ordered.runs) {
    const auto& source = input.raw.units[run.unit];
    const auto [from, to] = months_of(partition, run);
    const auto first = first_hour_of(partition.year, from);
    const auto end = first_hour_of(partition.year, to + 1);
    const bool in_month = run.hour >= first && run.hour + std::int32_t(run.count) <= end;
    const bool in_state = partition.quarter != 0
                              ? std::ranges::find(states, source.state) != states.end()
                              : source.state == partition.state;
    if (!in_state) {
      finding.add(run.count, fmt::format("{} has state {}", show(input.ordered.unit(run)),
                                         penstock::quote(source.state)));
    } else if (!in_month) {
      const auto inside = std::max(
          0, std::min(run.hour + std::int32_t(run.count), end) - std::max(run.hour, first));
      finding.add(std::int64_t(run.count) - inside,
                  fmt::format("{} in the file of month {:02}",
                              format_key(input.ordered.unit(run), run.hour), int(run.month)));
    }
  }
  return finding.result("partition_consistent", CheckSeverity::Error, partition.key(),
                        input.raw.rows, "rows belong elsewhere");
}

CheckResult check_whole_days(const CheckInput& input) {
  Finding finding;
  const auto units = count_hours(input);
  for (std::size_t i = 0; i < units.size(); ++i)
    if (units[i].rows % kHoursOfDay != 0)
      finding.add(1, fmt::format("{} has {} rows", show(input.ordered.units[i]), units[i].rows));
  return finding.result("whole_days", CheckSeverity::Error, input.raw.partition.key(),
                        std::int64_t(units.size()), "units have no multiple of 24 rows");
}

CheckResult check_hours_contiguous(const CheckInput& input) {
  Finding finding;
  const auto starts = month_starts(input.raw.partition.year);
  const auto units = count_hours(input);
  std::int64_t checked = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    for (std::size_t month = 0; month < kMonthsOfYear; ++month) {
      const auto hours = units[i].by_month[month];
      const auto whole = starts[month + 1] - starts[month];
      checked += hours != 0 ? 1 : 0;
      if (hours != 0 && hours != whole)
        finding.add(1, fmt::format("{} has {} of {} hours of month {:02}",
                                   show(input.ordered.units[i]), hours, whole, month + 1));
    }
  }
  return finding.result("hours_contiguous", CheckSeverity::Error, input.raw.partition.key(),
                        checked, "unit-months are incomplete");
}

CheckResult check_months_contiguous(const CheckInput& input) {
  Finding finding;
  const auto units = count_hours(input);
  for (std::size_t i = 0; i < units.size(); ++i) {
    std::vector<int> months;
    for (int month = 1; month <= kMonthsOfYear; ++month)
      if (units[i].by_month[std::size_t(month - 1)] != 0) months.push_back(month);
    if (!months.empty() && std::size_t(months.back() - months.front()) + 1 != months.size())
      finding.add(
          1, fmt::format("{} has months {}", show(input.ordered.units[i]), format_months(months)));
  }
  return finding.result("months_contiguous", CheckSeverity::Warn, input.raw.partition.key(),
                        std::int64_t(units.size()), "units have gaps of months");
}

}  // namespace cems

#include "pipelines/cems/raw_hours.h"

namespace cems {

std::uint64_t RawHours::bytes() const {
  std::uint64_t total = units.size() * sizeof(SourceUnit) + runs.size() * sizeof(HourRun);
  for (const auto& column : measures) total += column.size() * sizeof(double);
  for (const auto& column : codes) total += column.size() * sizeof(std::uint16_t);
  return total;
}

bool RawHours::is_complete() const {
  if (partition.quarter != 0) return true;
  std::size_t months = 0;
  for (const auto& source : sources) months += source.months.size();
  for (const auto& source : supplements) months += source.months.size();
  return months == kMonths.size();
}

}  // namespace cems

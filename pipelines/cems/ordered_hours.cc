#include "pipelines/cems/ordered_hours.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include <penstock/base/clock.h>
#include <penstock/base/text.h>

#include "pipelines/cems/errors.h"
#include "pipelines/cems/unit_id.h"

namespace cems {
namespace {

using penstock::Result;

constexpr std::size_t kMostExamples = 10;

OutputUnit identify(const SourceUnit& source, Layout layout, const Crosswalk* crosswalk,
                    UnitCounts& counts) {
  OutputUnit unit{.plant_epa = source.plant, .plant_eia = source.plant, .unit = source.unit};
  if (layout == Layout::Prototype) return unit;
  unit.unit = strip_zeros(source.unit);
  counts.stripped_ids += unit.unit != source.unit ? 1 : 0;
  counts.empty_ids += unit.unit.empty() ? 1 : 0;
  const auto plant =
      crosswalk == nullptr ? std::nullopt : crosswalk->plant_of(source.plant, unit.unit);
  (plant ? counts.crosswalk_matches : counts.crosswalk_fallbacks) += 1;
  unit.plant_eia = plant.value_or(source.plant);
  return unit;
}

/// Give the unit its zone's offset; false when neither of its plants has one.
bool locate(OutputUnit& unit, const TimeZones& zones, UnitCounts& counts) {
  auto offset = zones.offset(unit.plant_eia);
  if (!offset && unit.plant_eia != unit.plant_epa) {
    offset = zones.offset(unit.plant_epa);
    counts.zone_fallbacks += offset ? 1 : 0;
  }
  unit.offset = offset.value_or(std::chrono::seconds(0));
  return offset.has_value();
}

penstock::Error timezone_missing(const std::vector<std::int32_t>& plants) {
  std::vector<std::string> shown;
  for (const auto plant : plants) shown.push_back(std::to_string(plant));
  return problem("timezone_missing",
                 fmt::format("no time zone is known for plants [{}]", penstock::join(shown, ", ")));
}

Result<std::vector<OutputUnit>> resolve(const RawHours& raw, const Crosswalk* crosswalk,
                                        const TimeZones& zones, UnitCounts& counts) {
  std::vector<OutputUnit> units;
  std::vector<std::int32_t> lost;
  for (const auto& source : raw.units) {
    units.push_back(identify(source, raw.layout, crosswalk, counts));
    const auto plant = units.back().plant_eia;
    if (!locate(units.back(), zones, counts) && std::ranges::count(lost, plant) == 0)
      lost.push_back(plant);
  }
  if (!lost.empty()) return timezone_missing(lost);
  return units;
}

/// Merge source units that are one unit of the output, in the order of the key.
void rank_units(std::vector<OutputUnit> resolved, OrderedHours& ordered) {
  std::map<std::pair<std::int32_t, std::string>, std::uint32_t> ranks;
  for (const auto& unit : resolved) ranks.try_emplace({unit.plant_epa, unit.unit}, 0);
  std::uint32_t next = 0;
  for (auto& [key, rank] : ranks) rank = next++;
  ordered.units.resize(ranks.size());
  for (auto& unit : resolved) {
    const auto rank = ranks.at({unit.plant_epa, unit.unit});
    ordered.unit_of.push_back(rank);
    ordered.units[rank] = std::move(unit);
  }
}

void sort_runs(const RawHours& raw, OrderedHours& ordered) {
  ordered.runs = raw.runs;
  const auto key = [&](const HourRun& run) {
    return (std::uint64_t(ordered.unit_of[run.unit]) << 32) |
           (std::uint32_t(run.hour) ^ 0x80000000u);
  };
  const auto less = [&](const HourRun& a, const HourRun& b) { return key(a) < key(b); };
  std::ranges::stable_sort(ordered.runs, less);
}

/// Count the hours of overlapping runs `[first, end)` of one unit that occur more than once.
void count_duplicates(const OrderedHours& ordered, std::size_t first, std::size_t end,
                      Duplicates& duplicates) {
  std::map<std::int32_t, std::int64_t> times;
  for (auto at = first; at < end; ++at)
    for (std::uint32_t i = 0; i < ordered.runs[at].count; ++i)
      ++times[ordered.runs[at].hour + std::int32_t(i)];
  for (const auto& [hour, count] : times) {
    if (count < 2) continue;
    duplicates.rows += count;
    if (duplicates.examples.size() < kMostExamples)
      duplicates.examples.push_back(format_key(ordered.unit(ordered.runs[first]), hour));
  }
}

Duplicates find_duplicates(const OrderedHours& ordered) {
  Duplicates duplicates;
  const auto& runs = ordered.runs;
  for (std::size_t first = 0; first < runs.size();) {
    auto end = first + 1;
    auto covered = runs[first].hour + std::int32_t(runs[first].count);
    while (end < runs.size() &&
           ordered.unit_of[runs[end].unit] == ordered.unit_of[runs[first].unit] &&
           runs[end].hour < covered) {
      covered = std::max(covered, runs[end].hour + std::int32_t(runs[end].count));
      ++end;
    }
    if (end - first > 1) count_duplicates(ordered, first, end, duplicates);
    first = end;
  }
  return duplicates;
}

}  // namespace

std::string format_key(const OutputUnit& unit, std::int32_t local_hour) {
  const penstock::Time time(std::chrono::seconds(utc_seconds(unit, local_hour)));
  return fmt::format("({}, {}, {}Z)", unit.plant_epa, penstock::quote(unit.unit),
                     penstock::to_rfc3339(time).substr(0, 16));
}

Result<OrderedHours> order_hours(const RawHours& raw, const Crosswalk* crosswalk,
                                 const TimeZones& zones) {
  OrderedHours ordered;
  auto resolved = PENSTOCK_TRY(resolve(raw, crosswalk, zones, ordered.counts));
  rank_units(std::move(resolved), ordered);
  sort_runs(raw, ordered);
  ordered.duplicates = find_duplicates(ordered);
  return ordered;
}

}  // namespace cems

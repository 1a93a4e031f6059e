// Checks against numbers that were published or counted elsewhere.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "pipelines/cems/checks.h"
#include "pipelines/cems/finding.h"

namespace cems {
namespace {

using penstock::CheckResult;
using penstock::CheckSeverity;

struct KnownArchive {
  std::string_view md5;
  std::int64_t rows;
};

/// Rows of archives whose content is known.
constexpr std::array<KnownArchive, 21> kKnownArchives = {{
    {"65aa0c4aaf785c6b37b377e9e330feb8", 359160},   // 2017-ar
    {"a1173051590f99556b1f4f232c6181c7", 639480},   // 2017-co
    {"1c892bce3abc1b8c553cf138001d7e0a", 197136},   // 2017-de
    {"ab1e4a00ba8e144ddef8a9beeab5f9bd", 1852728},  // 2017-fl
    {"aae26257ec3e5775a4a4d29b3d6c2378", 70080},    // 2017-id
    {"d24cf44bb311f57e380a878922afa184", 464280},   // 2017-ks
    {"dfe8a002dffa66d8f8ab92bc99685a42", 604392},   // 2017-ma
    {"6b7abf5225f41e45662478dfb684da2f", 438000},   // 2017-md
    {"1e1cd7d5d1e70e656b0a70130f3251d4", 113880},   // 2017-me
    {"af3e9c09abaf64860b7dbc7142f936ae", 122640},   // 2017-mt
    {"0813d9e3dc00e27d83a455b312821aef", 118320},   // 2017-nh
    {"412f72aa625914d03f4c38aadb046d28", 131400},   // 2017-or
    {"351e32c8cd2f268edfdac84ea0c5d992", 1476144},  // 2017-pa
    {"59f00301e41135328c3d06a2a425291f", 96360},    // 2017-ri
    {"96c60a71f2083d6980c4407228fe136f", 105120},   // 2017-sd
    {"751c12906a1b7d41d0d5ec0c0cebfba5", 157680},   // 2017-wa
    {"44735f7bc33fee83cdb8a9302edbef69", 402816},   // 2017-wv
    {"b5b390b76fce09c02ac79ed9edf13695", 70272},    // 2020-id
    {"821c53602c1de1de9bac13d1af9a5694", 109776},   // 2020-mt
    {"82f21ce517784e5fe987094163ea9133", 109800},   // 2020-or
    {"691b99fc00e8e098ed83f0eb20ebc57a", 158112},   // 2020-wa
}};

/// Rows per year of the published table, from 1995 on.
constexpr int kFirstYear = 1995;
constexpr std::array<std::int64_t, 32> kRowsPerYear = {
    3846120,  3645432,  17660784, 18073848, 22004256, 23553696, 26200776, 30017256,
    33568728, 35335080, 35838552, 36210960, 36405240, 40525032, 40320840, 40499832,
    40665552, 40614648, 40114824, 39549648, 38939616, 38027208, 36895272, 36792912,
    36301368, 35848680, 35380968, 35166792, 34800312, 34399800, 33988776, 16555368};
/// The last year in that table is not over.
constexpr int kLastWholeYear = kFirstYear + int(kRowsPerYear.size()) - 2;
constexpr double kYearTolerance = 0.01;

/// Say in the result why a check had nothing to look at.
CheckResult not_applicable(CheckResult result, std::string_view why) {
  result.metadata.emplace_back("not_applicable", why);
  return result;
}

}  // namespace

CheckResult check_rows_per_partition(const CheckInput& input) {
  Finding finding;
  const auto& sources = input.raw.sources;
  const auto known = std::ranges::find_if(kKnownArchives, [&](const KnownArchive& archive) {
    return sources.size() == 1 && sources.front().md5 == archive.md5;
  });
  const bool applies = known != kKnownArchives.end() && input.raw.supplements.empty();
  if (applies && input.raw.rows != known->rows)
    finding.add(1, fmt::format("{} has {} rows, expected {}", sources.front().name, input.raw.rows,
                               known->rows));
  auto result =
      finding.result("rows_per_partition", CheckSeverity::Error, input.raw.partition.key(),
                     input.raw.rows, "partitions have another number of rows than known");
  return applies ? result
                 : not_applicable(std::move(result), "the archive is not among those known");
}

CheckResult check_annual_reconciliation(const CheckInput& input, const AnnualTotals* annual) {
  const auto& partition = input.raw.partition;
  Finding finding;
  const bool applies = annual != nullptr && partition.year == AnnualTotals::kYear &&
                       partition.quarter == 0 && input.raw.is_complete();
  Reconciliation found;
  if (applies) found = annual->reconcile(partition.state, sum_units(input.raw));
  for (const auto& difference : found.unexpected) finding.add(1, difference);
  auto result = finding.result("annual_reconciliation", CheckSeverity::Warn, partition.key(),
                               found.joined, "units differ from EPA's annual totals");
  if (!applies) return not_applicable(std::move(result), "only complete partitions of 2017");
  result.metadata.emplace_back("agreeing", found.agreeing);
  result.metadata.emplace_back("known_differences", std::int64_t(found.known.size()));
  result.metadata.emplace_back("only_hourly", found.only_hourly);
  return result;
}

CheckResult check_column_not_empty(std::span<const LoadedFacts> loaded) {
  Finding finding;
  std::int64_t rows = 0;
  std::map<std::string, std::int64_t> nulls;
  for (const auto& part : loaded) {
    rows += part.rows;
    for (const auto& [column, count] : part.nulls) nulls[column] += count;
  }
  for (const auto& [column, count] : nulls)
    if (rows != 0 && count == rows) finding.add(1, column);
  return finding.result("column_not_empty", CheckSeverity::Warn, "", rows,
                        "columns are null in every row");
}

CheckResult check_rows_per_year(std::span<const LoadedFacts> loaded) {
  Finding finding;
  std::map<int, std::int64_t> rows;
  std::map<int, std::set<std::string>> states;
  for (const auto& part : loaded) {
    rows[part.partition.year] += part.rows;
    states[part.partition.year].insert(part.partition.state);
  }
  const auto& contiguous = states_of(Layout::Prototype);
  std::int64_t checked = 0;
  for (const auto& [year, count] : rows) {
    const bool is_whole = year >= kFirstYear && year <= kLastWholeYear &&
                          std::ranges::includes(states[year], contiguous);
    if (!is_whole) continue;
    ++checked;
    const auto expected = kRowsPerYear[std::size_t(year - kFirstYear)];
    if (std::abs(double(count - expected)) > kYearTolerance * double(expected))
      finding.add(1, fmt::format("year {} has {} rows, published are {}", year, count, expected));
  }
  auto result = finding.result("rows_per_year", CheckSeverity::Warn, "", checked,
                               "years have another number of rows than published");
  return checked != 0 ? result : not_applicable(std::move(result), "no year has all states");
}

}  // namespace cems

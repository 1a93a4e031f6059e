// Checks of measures and codes, on the values as they were reported.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <penstock/base/text.h>

#include "pipelines/cems/checks.h"
#include "pipelines/cems/finding.h"
#include "pipelines/cems/frame_columns.h"
#include "pipelines/cems/transform.h"

namespace cems {
namespace {

using penstock::CheckResult;
using penstock::CheckSeverity;

/// The key of the hour at a position of the columns; linear, for the few examples.
std::string key_at(const CheckInput& input, std::size_t position) {
  for (const auto& run : input.raw.runs)
    if (run.kind == RunKind::Measured && position >= run.first && position - run.first < run.count)
      return format_key(input.ordered.unit(run), run.hour + std::int32_t(position - run.first));
  return "a row";
}

/// Count the measured hours for which `breaks` holds; `describe` tells about an example.
template <class Breaks, class Describe>
void scan(const CheckInput& input, Finding& finding, const Breaks& breaks,
          const Describe& describe) {
  for (std::size_t i = 0; i < input.raw.measured(); ++i) {
    if (!breaks(i)) continue;
    if (finding.wants_example()) {
      finding.add(1, key_at(input, i) + " " + describe(i));
    } else {
      finding.count(1);
    }
  }
}

struct Range {
  Measure measure;
  double max;  ///< in the unit of the layout `current`; the least is 0
};
constexpr std::array<Range, 7> kRanges = {{{Measure::OperatingTime, 1},
                                           {Measure::GrossLoad, 2000},
                                           {Measure::SteamLoad, 1e7},
                                           {Measure::HeatInput, 40'000},
                                           {Measure::So2Mass, 100'000},
                                           {Measure::NoxMass, 20'000},
                                           {Measure::Co2Mass, 5'000}}};

constexpr std::array<std::pair<Measure, Code>, 3> kMassCodes = {
    {{Measure::So2Mass, Code::So2Mass},
     {Measure::NoxMass, Code::NoxMass},
     {Measure::Co2Mass, Code::Co2Mass}}};

}  // namespace

CheckResult check_codes_known(const CheckInput& input) {
  Finding finding;
  for (std::size_t i = 0; i < codes_of(input.raw.layout); ++i) {
    const auto& texts = input.raw.code_texts[i];
    if (texts.size() == kMeasurementCodes.size()) continue;
    const auto& codes = input.raw.codes[i];
    scan(
        input, finding,
        [&](std::size_t at) {
          return codes[at] >= kMeasurementCodes.size() && codes[at] != kNullCode;
        },
        [&](std::size_t at) { return "has code " + penstock::quote(texts[codes[at]]); });
  }
  return finding.result("codes_known", CheckSeverity::Error, input.raw.partition.key(),
                        input.raw.rows, "measurement codes are unknown");
}

CheckResult check_codes_match_values(const CheckInput& input) {
  Finding finding;
  for (const auto& [measure, code] : kMassCodes) {
    const auto& values = input.raw.values(measure);
    const auto& codes = input.raw.codes[std::size_t(code)];
    scan(
        input, finding,
        [&](std::size_t at) { return std::isnan(values[at]) != (codes[at] == kNullCode); },
        [&](std::size_t at) {
          return fmt::format(
              "{} has {}", source_name(measure),
              std::isnan(values[at]) ? "a code without a value" : "a value without a code");
        });
  }
  return finding.result("codes_match_values", CheckSeverity::Warn, input.raw.partition.key(),
                        input.raw.rows, "masses and codes do not match");
}

CheckResult check_idle_rows_empty(const CheckInput& input) {
  Finding finding;
  const auto& times = input.raw.values(Measure::OperatingTime);
  // An hour without operating time is kept as measured only when it reports something else.
  scan(
      input, finding, [&](std::size_t at) { return times[at] == 0 || std::isnan(times[at]); },
      [](std::size_t) { return "did not run but reports measures"; });
  return finding.result("idle_rows_empty", CheckSeverity::Warn, input.raw.partition.key(),
                        input.raw.rows, "idle hours report measures");
}

CheckResult check_value_ranges(const CheckInput& input) {
  Finding finding;
  for (const auto& [measure, max] : kRanges) {
    // Steam is in lb in the layout current and in 1000 lb in the other: compare in lb in both.
    auto rule = rule_of(measure, Layout::Current);
    const auto& values = input.raw.values(measure);
    scan(
        input, finding,
        [&](std::size_t at) {
          const double value = apply(rule, values[at]);
          return value < 0 || value > max;
        },
        [&](std::size_t at) {
          return fmt::format("{} is {}, expected 0 to {}", source_name(measure),
                             apply(rule, values[at]), max);
        });
  }
  return finding.result("value_ranges", CheckSeverity::Warn, input.raw.partition.key(),
                        input.raw.rows, "values are out of range");
}

std::vector<CheckResult> check_partition(const CheckInput& input, const AnnualTotals* annual) {
  return {check_rows_in_equal_rows_out(input),
          check_primary_key_unique(input),
          check_required_not_null(input),
          check_partition_consistent(input),
          check_whole_days(input),
          check_hours_contiguous(input),
          check_months_contiguous(input),
          check_codes_known(input),
          check_codes_match_values(input),
          check_idle_rows_empty(input),
          check_value_ranges(input),
          check_rows_per_partition(input),
          check_annual_reconciliation(input, annual)};
}

}  // namespace cems

#include "pipelines/cems/annual_totals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include <penstock/base/files.h>
#include <penstock/base/text.h>
#include <penstock/frame/csv.h>
#include <penstock/frame/number.h>

#include "pipelines/cems/errors.h"
#include "pipelines/cems/frame_columns.h"
#include "pipelines/cems/unit_id.h"

namespace cems {
namespace {

using penstock::DataType;
using penstock::Result;

constexpr double kPoundsPerTon = 2000;
constexpr double kRounding = 1e-6;

struct QuantityColumn {
  std::string_view header;
  int decimals;
};
constexpr std::array<QuantityColumn, kAnnualQuantities> kColumns = {{{"Operating Time", 2},
                                                                     {"Gross Load (MW-h)", 2},
                                                                     {"Steam Load (1000lb)", 2},
                                                                     {"SO2 (tons)", 3},
                                                                     {"NOx (tons)", 3},
                                                                     {"CO2 (short tons)", 3},
                                                                     {"Heat Input (MMBtu)", 3}}};
constexpr std::size_t kStateColumn = 0, kPlantColumn = 1, kUnitColumn = 2, kFirstQuantity = 3;

penstock::CsvSpec spec() {
  penstock::CsvSpec wanted;
  wanted.trim = true;
  wanted.columns = {
      {.name = "State", .type = DataType::Text, .nullable = false},
      {.name = "Facility ID (ORISPL)", .type = DataType::Int32, .nullable = false, .min = 1},
      {.name = "Unit ID", .type = DataType::Text, .nullable = false}};
  for (const auto& column : kColumns)
    wanted.columns.push_back({.name = std::string(column.header), .type = DataType::Text});
  return wanted;
}

/// Units whose annual totals and hours are known to differ: one side was revised or lacks hours.
const std::set<UnitKey>& known_differences() {
  static const std::set<UnitKey> known = [] {
    std::set<UnitKey> units = {{641, "4"}, {641, "5"},     {641, "6"},
                               {641, "7"}, {1642, "CTG1"}, {1642, "CTG2"}};
    for (int i = 1; i <= 5; ++i)
      for (const char side : {'A', 'B'}) units.emplace(55233, fmt::format("EU-{}{}", i, side));
    for (int i = 1; i <= 12; ++i) units.emplace(55284, fmt::format("GS{:02}", i));
    return units;
  }();
  return known;
}

double or_zero(double value) { return std::isnan(value) ? 0 : value; }

void add_hour(const RawHours& raw, std::size_t at, AnnualSums& sums) {
  const auto value = [&](Measure measure) { return or_zero(raw.values(measure)[at]); };
  const double time = value(Measure::OperatingTime);
  const std::array<double, kAnnualQuantities> hour = {
      time,
      apply({.kilowatts = true}, value(Measure::GrossLoad)) * time,
      value(Measure::SteamLoad) * time,
      value(Measure::So2Mass) / kPoundsPerTon,
      value(Measure::NoxMass) / kPoundsPerTon,
      value(Measure::Co2Mass),
      value(Measure::HeatInput)};
  for (std::size_t i = 0; i < hour.size(); ++i) sums[i] += hour[i];
}

std::string show(const UnitKey& unit) { return fmt::format("{}/{}", unit.first, unit.second); }

}  // namespace

std::map<UnitKey, AnnualSums> sum_units(const RawHours& raw) {
  std::map<UnitKey, AnnualSums> sums;
  std::vector<AnnualSums*> of_unit;
  for (const auto& unit : raw.units)
    of_unit.push_back(&sums[{unit.plant, std::string(strip_zeros(unit.unit))}]);
  for (const auto& run : raw.runs) {
    if (run.kind != RunKind::Measured) continue;
    for (std::uint32_t i = 0; i < run.count; ++i) add_hour(raw, run.first + i, *of_unit[run.unit]);
  }
  return sums;
}

std::string restore_unit_id(std::string_view text) {
  constexpr std::array<std::string_view, 12> kNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto dash = text.find('-');
  if (dash != text.npos && is_all_digits(text.substr(0, dash))) {
    const auto month = std::ranges::find(kNames, text.substr(dash + 1));
    if (month != kNames.end())
      return fmt::format("{}-{}", month - kNames.begin() + 1, text.substr(0, dash));
  }
  return std::string(strip_zeros(text));
}

Result<AnnualTotals> AnnualTotals::open(const std::filesystem::path& path) {
  auto text = PENSTOCK_TRY(penstock::read_file(path));
  return read(std::make_unique<penstock::MemorySource>(std::move(text)), path.filename().string());
}

Result<AnnualTotals::Cell> AnnualTotals::read_cell(std::string_view text, std::size_t quantity) {
  const auto value = penstock::parse_double(text);
  if (!value)
    return problem("value_invalid", fmt::format("{}: {} is not a number", kColumns[quantity].header,
                                                penstock::quote(text)));
  double unit = std::pow(10.0, -kColumns[quantity].decimals);
  if (const auto exponent = text.find_first_of("eE"); exponent != text.npos) {
    const auto power = penstock::parse_int(text.substr(exponent + 1));
    unit = std::pow(10.0, double(power.value_or(0))) / 100;
  }
  return Cell{*value, unit / 2 + kRounding};
}

Result<AnnualTotals> AnnualTotals::read(std::unique_ptr<penstock::ByteSource> source,
                                        std::string shown_name) {
  auto reader = PENSTOCK_TRY(
      penstock::CsvReader::open(std::move(source), spec(), {.shown_name = shown_name}));
  AnnualTotals totals;
  penstock::CsvBatch batch;
  while (PENSTOCK_TRY(reader.next(batch))) {
    const auto& plants = batch.columns[kPlantColumn].get<std::int32_t>();
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      Unit unit{.state = std::string(batch.columns[kStateColumn].text(row)), .cells = {}};
      for (std::size_t i = 0; i < kAnnualQuantities; ++i) {
        const auto& column = batch.columns[kFirstQuantity + i];
        unit.cells[i].tolerance = kRounding;
        if (column.is_null(row)) continue;
        auto cell = read_cell(column.text(row), i);
        if (!cell) return std::move(cell).error().within(shown_name);
        unit.cells[i] = *cell;
      }
      totals.units_.insert_or_assign(
          UnitKey{plants[std::size_t(row)], restore_unit_id(batch.columns[kUnitColumn].text(row))},
          std::move(unit));
    }
  }
  return totals;
}

Reconciliation AnnualTotals::reconcile(std::string_view state,
                                       const std::map<UnitKey, AnnualSums>& sums,
                                       double relative) const {
  Reconciliation found;
  for (const auto& [key, sum] : sums) {
    const auto annual = units_.find(key);
    if (annual == units_.end()) {
      ++found.only_hourly;
      continue;
    }
    ++found.joined;
    std::string difference;
    for (std::size_t i = 0; i < kAnnualQuantities && difference.empty(); ++i) {
      const auto& cell = annual->second.cells[i];
      if (std::abs(sum[i] - cell.value) <= cell.tolerance + relative * std::abs(sum[i])) continue;
      difference = fmt::format("{}: {} is {:.3f}, annual total {:.3f}", show(key),
                               kColumns[i].header, sum[i], cell.value);
    }
    found.agreeing += difference.empty() ? 1 : 0;
    if (!difference.empty())
      (known_differences().contains(key) ? found.known : found.unexpected).push_back(difference);
  }
  for (const auto& [key, unit] : units_)
    if (unit.state == state && !sums.contains(key))
      found.unexpected.push_back(show(key) + ": has annual totals but no hours");
  return found;
}

}  // namespace cems

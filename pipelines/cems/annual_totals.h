// EPA's own totals per unit and year, and how the hours add up to them: an independent check.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <penstock/base/byte_source.h>
#include <penstock/base/result.h>

#include "pipelines/cems/raw_hours.h"

namespace cems {

/// The quantities that are compared, in the order of AnnualSums.
enum class AnnualQuantity : std::uint8_t {
  OperatingTime,  ///< hours
  GrossLoad,      ///< MWh: load weighted by operating time
  SteamLoad,      ///< 1000 lb, weighted likewise
  So2,            ///< short tons
  Nox,            ///< short tons
  Co2,            ///< short tons
  HeatInput       ///< MMBtu
};
inline constexpr std::size_t kAnnualQuantities = 7;
using AnnualSums = std::array<double, kAnnualQuantities>;

/// A plant and a unit id without leading zeros.
using UnitKey = std::pair<std::int32_t, std::string>;

/// Add the hours of a partition up, unit by unit, by the ids as reported but for leading zeros.
std::map<UnitKey, AnnualSums> sum_units(const RawHours& raw);

/// What a comparison found.
struct Reconciliation {
  std::int64_t joined = 0;              ///< units on both sides
  std::int64_t agreeing = 0;            ///< of those, units that agree in every quantity
  std::int64_t only_hourly = 0;         ///< units without annual totals: they are in other programs
  std::vector<std::string> known = {};  ///< units that differ for a known reason
  std::vector<std::string> unexpected = {};  ///< differences that nobody has explained

  bool passed() const { return unexpected.empty(); }
};

/// The annual totals of 2017. Immutable.
class AnnualTotals {
 public:
  /// The year that the totals are of.
  static constexpr int kYear = 2017;

  /// Read EPA's table, which went through a spreadsheet: blanks are trimmed, ids that became dates
  /// are restored, large numbers are rounded.
  static penstock::Result<AnnualTotals> open(const std::filesystem::path& path);
  static penstock::Result<AnnualTotals> read(std::unique_ptr<penstock::ByteSource> source,
                                             std::string shown_name);

  /// Compare the sums of all units of a state with EPA's.
  ///
  /// `relative` widens the tolerance by that part of the total, for sums of narrowed values.
  Reconciliation reconcile(std::string_view state, const std::map<UnitKey, AnnualSums>& sums,
                           double relative = 0) const;
  std::size_t size() const { return units_.size(); }

 private:
  struct Cell {
    double value = 0;
    double tolerance = 0;
  };
  struct Unit {
    std::string state;
    std::array<Cell, kAnnualQuantities> cells;
  };
  static penstock::Result<Cell> read_cell(std::string_view text, std::size_t quantity);
  std::map<UnitKey, Unit> units_;
};

/// A unit id as it was before a spreadsheet took it for a date (`1-Jun` was `6-1`), without leading
/// zeros if it is all digits.
std::string restore_unit_id(std::string_view text);

}  // namespace cems

// Builds the columns of the output, run by run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <penstock/frame/column.h>

#include "pipelines/cems/ordered_hours.h"
#include "pipelines/cems/raw_hours.h"

namespace cems {

/// What becomes of a measure on its way out: computed in binary64, narrowed to binary32 at the end.
struct MeasureRule {
  bool kilowatts = false;  ///< above 2000 the value was reported in kW: divide by 1000
  bool nulls_to_zero = false;
  double factor = 1;
};

/// Above this load, in MW, a value is taken for kW: no unit in the country is this large.
inline constexpr double kLargestLoad = 2000;

/// The value of a measure after its rule, without the filling of nulls.
inline double apply(const MeasureRule& rule, double value) {
  if (rule.kilowatts && value > kLargestLoad) value /= 1000;
  return value * rule.factor;
}

/// Makes the columns of one partition; reads the raw hours in output order.
class FrameColumns {
 public:
  FrameColumns(const RawHours& raw, const OrderedHours& ordered) : raw_(raw), ordered_(ordered) {}

  penstock::Column plant_eia() const;
  penstock::Column plant_epa() const;
  penstock::Column unit() const;
  /// Start of the hour in UTC: seconds since 1970 times `ticks_per_second`.
  penstock::Column start_of_hour(std::int64_t ticks_per_second) const;
  penstock::Column year() const;
  penstock::Column state(const std::vector<std::string>& states) const;
  penstock::Column measure(Measure measure, const MeasureRule& rule) const;
  penstock::Column code(Code code) const;
  penstock::Column facility_id() const;
  penstock::Column unit_id_epa() const;

 private:
  using OfRun = std::function<std::int32_t(const HourRun&)>;
  static constexpr std::int32_t kNull = -1;

  /// A column that is constant within a run; kNull is null where `nullable`.
  penstock::Column by_run(penstock::DataType type, bool nullable, const OfRun& value) const;
  /// A text column whose value is a function of the source unit.
  penstock::Column text_by_unit(
      penstock::DataType type, std::vector<std::string> texts,
      const std::function<std::optional<std::string>(std::uint32_t)>& of) const;

  const RawHours& raw_;
  const OrderedHours& ordered_;
};

}  // namespace cems

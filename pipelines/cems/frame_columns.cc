#include "pipelines/cems/frame_columns.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <penstock/frame/column_builder.h>

namespace cems {
namespace {

using penstock::Column;
using penstock::DataType;
using penstock::ValidityBuilder;

}  // namespace

Column FrameColumns::by_run(DataType type, bool nullable, const OfRun& value) const {
  auto column = Column::make(type);
  auto& values = column.get<std::int32_t>();
  values.resize(std::size_t(raw_.rows));
  ValidityBuilder validity(nullable ? raw_.rows : 0);
  auto* out = values.data();
  for (const auto& run : ordered_.runs) {
    const auto one = value(run);
    const bool is_null = nullable && one == kNull;
    std::fill_n(out, run.count, is_null ? 0 : one);
    if (nullable) validity.push_run(!is_null, run.count);
    out += run.count;
  }
  if (nullable) std::move(validity).finish(column);
  return column;
}

Column FrameColumns::text_by_unit(
    DataType type, std::vector<std::string> texts,
    const std::function<std::optional<std::string>(std::uint32_t)>& of) const {
  std::unordered_map<std::string, std::int32_t> indices;
  for (const auto& text : texts) indices.emplace(text, std::int32_t(indices.size()));
  std::vector<std::int32_t> index_of_unit;
  for (std::uint32_t unit = 0; unit < raw_.units.size(); ++unit) {
    const auto text = of(unit);
    if (text && indices.try_emplace(*text, std::int32_t(texts.size())).second)
      texts.push_back(*text);
    index_of_unit.push_back(text ? indices.at(*text) : kNull);
  }
  const bool nullable = std::ranges::count(index_of_unit, kNull) != 0;
  auto column = by_run(type, nullable, [&](const HourRun& run) { return index_of_unit[run.unit]; });
  column.dictionary = std::make_shared<const penstock::Dictionary>(std::move(texts));
  return column;
}

Column FrameColumns::plant_eia() const {
  return by_run(DataType::Int32, false,
                [&](const HourRun& run) { return ordered_.unit(run).plant_eia; });
}

Column FrameColumns::plant_epa() const {
  return by_run(DataType::Int32, false,
                [&](const HourRun& run) { return ordered_.unit(run).plant_epa; });
}

Column FrameColumns::year() const {
  return by_run(DataType::Int32, false, [&](const HourRun&) { return raw_.partition.year; });
}

Column FrameColumns::unit() const {
  return text_by_unit(DataType::Category, {}, [&](std::uint32_t unit) {
    return std::optional(ordered_.units[ordered_.unit_of[unit]].unit);
  });
}

Column FrameColumns::state(const std::vector<std::string>& states) const {
  return text_by_unit(DataType::Category, states,
                      [&](std::uint32_t unit) { return std::optional(raw_.units[unit].state); });
}

Column FrameColumns::facility_id() const {
  return by_run(DataType::Int32, true, [&](const HourRun& run) {
    return raw_.units[run.unit].facility_id.value_or(kNull);
  });
}

Column FrameColumns::unit_id_epa() const {
  return text_by_unit(DataType::Category, {},
                      [&](std::uint32_t unit) { return raw_.units[unit].unit_id_epa; });
}

Column FrameColumns::start_of_hour(std::int64_t ticks_per_second) const {
  auto column = Column::make(DataType::Timestamp);
  auto& values = column.get<std::int64_t>();
  values.resize(std::size_t(raw_.rows));
  auto* out = values.data();
  for (const auto& run : ordered_.runs) {
    const auto start = utc_seconds(ordered_.unit(run), run.hour) * ticks_per_second;
    const auto step = 3600 * ticks_per_second;
    for (std::uint32_t i = 0; i < run.count; ++i) *out++ = start + std::int64_t(i) * step;
  }
  return column;
}

Column FrameColumns::measure(Measure measure, const MeasureRule& rule) const {
  auto column = Column::make(DataType::Float32);
  auto& values = column.get<float>();
  values.resize(std::size_t(raw_.rows));
  ValidityBuilder validity(raw_.rows);
  const auto& source = raw_.values(measure);
  auto* out = values.data();
  for (const auto& run : ordered_.runs) {
    if (run.kind != RunKind::Measured) {
      const bool is_zero = measure == Measure::OperatingTime && run.kind == RunKind::Idle;
      std::fill_n(out, run.count, 0.0f);
      validity.push_run(is_zero || rule.nulls_to_zero, run.count);
    } else {
      for (std::uint32_t i = 0; i < run.count; ++i) {
        const double value = source[run.first + i];
        const bool valid = !std::isnan(value);
        out[i] = valid ? float(apply(rule, value)) : 0.0f;
        validity.push(valid || rule.nulls_to_zero);
      }
    }
    out += run.count;
  }
  std::move(validity).finish(column);
  return column;
}

Column FrameColumns::code(Code code) const {
  auto column = Column::make(DataType::Category);
  column.dictionary =
      std::make_shared<const penstock::Dictionary>(raw_.code_texts[std::size_t(code)]);
  auto& values = column.get<std::int32_t>();
  values.resize(std::size_t(raw_.rows));
  ValidityBuilder validity(raw_.rows);
  const auto& source = raw_.codes[std::size_t(code)];
  auto* out = values.data();
  for (const auto& run : ordered_.runs) {
    if (run.kind != RunKind::Measured) {
      std::fill_n(out, run.count, 0);
      validity.push_run(false, run.count);
    } else {
      for (std::uint32_t i = 0; i < run.count; ++i) {
        const auto value = source[run.first + i];
        const bool valid = value != kNullCode;
        out[i] = valid ? value : 0;
        validity.push(valid);
      }
    }
    out += run.count;
  }
  std::move(validity).finish(column);
  return column;
}

}  // namespace cems

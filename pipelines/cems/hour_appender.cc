#include "pipelines/cems/hour_appender.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipelines/cems/errors.h"

namespace cems {
namespace {

using penstock::Column;
using penstock::CsvBatch;

constexpr std::int32_t kHoursPerDay = 24;
constexpr std::int32_t kNoIndex = -1;

/// Set the bits of all rows whose value is not null.
void merge_validity(const Column& column, std::vector<std::uint8_t>& bits) {
  if (column.validity.empty()) {
    std::ranges::fill(bits, std::uint8_t(0xff));
  } else if (column.null_count != column.size()) {
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] |= column.validity[i];
  }
}

/// A value of an optional id column as a number that is equal for equal values.
std::int32_t id_at(const Column& column, std::int64_t row) {
  return column.is_null(row) ? kNoIndex : column.get<std::int32_t>()[std::size_t(row)];
}

}  // namespace

HourAppender::HourAppender(RawHours& raw) : raw_(raw) {
  for (auto& texts : raw_.code_texts)
    texts.assign(kMeasurementCodes.begin(), kMeasurementCodes.end());
}

void HourAppender::reserve(std::size_t rows) {
  for (std::size_t i = 0; i < measures_of(raw_.layout); ++i) raw_.measures[i].reserve(rows);
  for (std::size_t i = 0; i < codes_of(raw_.layout); ++i) raw_.codes[i].reserve(rows);
}

void HourAppender::start_file(int month) {
  month_ = std::uint8_t(month);
  starts_run_ = true;
  file_units_.clear();
  for (auto& codes : file_codes_) codes.clear();
}

penstock::Status HourAppender::append(const CsvBatch& batch) {
  classify(batch);
  append_runs(batch);
  append_measures(batch);
  PENSTOCK_TRY(append_codes(batch));
  raw_.rows += batch.rows;
  return {};
}

void HourAppender::classify(const CsvBatch& batch) {
  const auto rows = std::size_t(batch.rows);
  has_values_.assign((rows + 7) / 8, 0);
  for (std::size_t i = 1; i < measures_of(raw_.layout); ++i)
    merge_validity(batch.columns[SourceColumns::kMeasure + i], has_values_);
  for (std::size_t i = 0; i < codes_of(raw_.layout); ++i)
    merge_validity(batch.columns[SourceColumns::code(raw_.layout) + i], has_values_);
  const auto& operating_time = batch.columns[SourceColumns::kMeasure];
  const auto& times = operating_time.get<double>();
  kinds_.resize(rows);
  measured_.clear();
  for (std::size_t i = 0; i < rows; ++i) {
    const bool has_values = ((has_values_[i >> 3] >> (i & 7)) & 1) != 0;
    if (has_values || times[i] != 0) {
      kinds_[i] = RunKind::Measured;
      measured_.push_back(std::uint32_t(i));
    } else {
      kinds_[i] = operating_time.is_null(std::int64_t(i)) ? RunKind::Empty : RunKind::Idle;
    }
  }
}

void HourAppender::append_runs(const CsvBatch& batch) {
  const auto& plants = batch.columns[SourceColumns::kPlant].get<std::int32_t>();
  const auto& units = batch.columns[SourceColumns::kUnit].get<std::int32_t>();
  const auto& states = batch.columns[SourceColumns::kState].get<std::int32_t>();
  const auto& days = batch.columns[SourceColumns::kDate].get<std::int32_t>();
  const auto& hours = batch.columns[SourceColumns::kHour].get<std::int32_t>();
  const bool has_ids = raw_.layout == Layout::Prototype;
  auto first = std::uint32_t(raw_.measured());
  bool new_unit = true;
  for (std::size_t i = 0; i < std::size_t(batch.rows); ++i) {
    const auto hour = days[i] * kHoursPerDay + hours[i];
    if (i != 0) {
      new_unit =
          plants[i] != plants[i - 1] || units[i] != units[i - 1] || states[i] != states[i - 1];
      // Rare enough to ask the map: the ids of a unit do not change from hour to hour.
      if (!new_unit && has_ids)
        for (const auto at : {SourceColumns::facility(), SourceColumns::unit_id_epa()})
          new_unit = new_unit || id_at(batch.columns[at], std::int64_t(i)) !=
                                     id_at(batch.columns[at], std::int64_t(i) - 1);
    }
    const auto unit = new_unit ? unit_at(batch, std::int64_t(i)) : raw_.runs.back().unit;
    const auto* last = starts_run_ ? nullptr : &raw_.runs.back();
    const bool follows = last != nullptr && unit == last->unit && kinds_[i] == last->kind &&
                         hour == last->hour + std::int32_t(last->count);
    if (!follows) raw_.runs.push_back({unit, hour, 0, first, kinds_[i], month_});
    starts_run_ = false;
    ++raw_.runs.back().count;
    first += kinds_[i] == RunKind::Measured ? 1 : 0;
  }
}

std::uint32_t HourAppender::unit_at(const CsvBatch& batch, std::int64_t row) {
  const auto id = [&](std::size_t column) { return id_at(batch.columns[column], row); };
  const bool has_ids = raw_.layout == Layout::Prototype;
  const UnitKey key = {id(SourceColumns::kPlant), id(SourceColumns::kUnit),
                       id(SourceColumns::kState),
                       has_ids ? id(SourceColumns::facility()) : kNoIndex,
                       has_ids ? id(SourceColumns::unit_id_epa()) : kNoIndex};
  const auto [found, is_new] = file_units_.try_emplace(key, 0);
  if (!is_new) return found->second;
  SourceUnit unit;
  unit.plant = std::get<0>(key);
  unit.unit = batch.columns[SourceColumns::kUnit].text(row);
  unit.state = batch.columns[SourceColumns::kState].text(row);
  if (has_ids && !batch.columns[SourceColumns::facility()].is_null(row))
    unit.facility_id = std::get<3>(key);
  if (has_ids && !batch.columns[SourceColumns::unit_id_epa()].is_null(row))
    unit.unit_id_epa = std::string(batch.columns[SourceColumns::unit_id_epa()].text(row));
  return found->second = add_unit(std::move(unit));
}

std::uint32_t HourAppender::add_unit(SourceUnit unit) {
  auto& same = all_units_[{unit.plant, unit.unit}];
  for (const auto known : same)
    if (raw_.units[known] == unit) return known;
  const auto added = std::uint32_t(raw_.units.size());
  same.push_back(added);
  raw_.units.push_back(std::move(unit));
  return added;
}

void HourAppender::append_measures(const CsvBatch& batch) {
  const auto start = raw_.measured();
  for (std::size_t i = 0; i < measures_of(raw_.layout); ++i) {
    const auto& column = batch.columns[SourceColumns::kMeasure + i];
    const auto& from = column.get<double>();
    auto& into = raw_.measures[i];
    into.resize(start + measured_.size());
    for (std::size_t at = 0; at < measured_.size(); ++at) {
      const auto row = measured_[at];
      into[start + at] = column.is_null(row) ? kNullMeasure : from[row];
    }
  }
}

penstock::Status HourAppender::append_codes(const CsvBatch& batch) {
  for (std::size_t i = 0; i < codes_of(raw_.layout); ++i) {
    const auto& column = batch.columns[SourceColumns::code(raw_.layout) + i];
    const auto& from = column.get<std::int32_t>();
    PENSTOCK_TRY(learn_codes(i, *column.dictionary));
    const auto& ours = file_codes_[i];
    auto& into = raw_.codes[i];
    const auto start = into.size();
    into.resize(start + measured_.size());
    for (std::size_t at = 0; at < measured_.size(); ++at) {
      const auto row = measured_[at];
      into[start + at] = column.is_null(row) ? kNullCode : ours[std::size_t(from[row])];
    }
  }
  return {};
}

penstock::Status HourAppender::learn_codes(std::size_t code,
                                           const penstock::Dictionary& dictionary) {
  auto& ours = file_codes_[code];
  auto& texts = raw_.code_texts[code];
  for (auto at = ours.size(); at < dictionary.size(); ++at) {
    const auto found = std::ranges::find(texts, dictionary[at]);
    if (found == texts.end() && texts.size() >= kNullCode)
      return problem("value_invalid",
                     fmt::format("more than {} different measurement codes", kNullCode));
    ours.push_back(std::uint16_t(found - texts.begin()));
    if (found == texts.end()) texts.push_back(dictionary[at]);
  }
  return {};
}

}  // namespace cems

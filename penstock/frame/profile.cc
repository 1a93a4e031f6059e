#include "penstock/frame/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "penstock/base/clock.h"
#include "penstock/base/json_number.h"
#include "penstock/frame/detail/frame_check.h"
#include "penstock/frame/detail/parquet_encode.h"

namespace penstock {
namespace {

// Values are looked at in blocks that stay in the first-level cache over three short loops; each
// loop keeps several sums so that the compiler can use vectors. The order of additions is fixed.
constexpr std::size_t kBlock = 2048;
constexpr std::size_t kLanes = 8;

bool is_number(DataType type) {
  return type == DataType::Bool || type == DataType::Int32 || type == DataType::Int64 ||
         type == DataType::Float32 || type == DataType::Float64;
}

__extension__ typedef __int128 Wide;

ExactSum exact_sum_of(Wide sum) {
  return {static_cast<std::int64_t>(sum >> 64), static_cast<std::uint64_t>(sum)};
}
Wide wide_of(const ExactSum& sum) { return (Wide(sum.high) << 64) + Wide(sum.low); }

template <class T>
struct Figures {
  T min, max;
  double sum;
  Wide exact_sum;  // of integers
};

// The sum of a block of integers. Halves of 64 bits are added apart, so that no lane overflows.
template <class T>
Wide sum_exactly(const T* values, std::size_t count) {
  if constexpr (sizeof(T) < sizeof(std::int64_t)) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += values[i];
    return sum;
  } else {
    std::int64_t high = 0, low = 0;
    for (std::size_t i = 0; i < count; ++i) {
      high += values[i] >> 32;
      low += values[i] & 0xffff'ffff;
    }
    return (Wide(high) << 32) + low;
  }
}

// Figures of at least one value and at most one block.
template <class T>
Figures<T> figures_of(const T* values, std::size_t count) {
  T low[kLanes];
  T high[kLanes];
  double sum[kLanes] = {};
  std::fill(low, low + kLanes, values[0]);
  std::fill(high, high + kLanes, values[0]);
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t k = 0; k < kLanes; ++k) {
      const T value = values[i + k];
      low[k] = value < low[k] ? value : low[k];
      high[k] = value > high[k] ? value : high[k];
      if constexpr (std::is_floating_point_v<T>) sum[k] += double(value);
    }
  for (; i < count; ++i) {
    low[0] = values[i] < low[0] ? values[i] : low[0];
    high[0] = values[i] > high[0] ? values[i] : high[0];
    if constexpr (std::is_floating_point_v<T>) sum[0] += double(values[i]);
  }
  const T min = *std::min_element(low, low + kLanes), max = *std::max_element(high, high + kLanes);
  if constexpr (!std::is_floating_point_v<T>) {
    const Wide total = sum_exactly(values, count);
    return {min, max, double(total), total};
  } else {
    double total = 0;
    for (std::size_t k = 0; k < kLanes; ++k) total += sum[k];
    return {min, max, total, 0};
  }
}

template <class T>
double squares_around(const T* values, std::size_t count, double mean) {
  double sum[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t k = 0; k < kLanes; ++k) {
      const double distance = double(values[i + k]) - mean;
      sum[k] += distance * distance;
    }
  for (; i < count; ++i) sum[0] += (double(values[i]) - mean) * (double(values[i]) - mean);
  double total = 0;
  for (std::size_t k = 0; k < kLanes; ++k) total += sum[k];
  return total;
}

template <class T>
ExactNumber exact(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return {static_cast<double>(value)};
  else
    return {static_cast<std::int64_t>(value)};
}

// What is known of values that are added to a profile.
struct Added {
  double count;
  ExactNumber min, max;
  double sum, mean, m2;
  ExactSum exact_sum;
};

// Takes in the figures of more values (Chan's rule for the squares).
void add_figures(ColumnProfile& to, std::int64_t before, const Added& more) {
  const double held = double(before);
  const double all = held + more.count;
  const double distance = more.mean - to.mean;
  to.m2 += more.m2 + distance * distance * held * more.count / all;
  to.exact_sum.add(more.exact_sum);
  const bool is_integer = std::holds_alternative<std::int64_t>(more.min.value);
  to.sum = is_integer ? to.exact_sum.rounded() : to.sum + more.sum;
  if (held == 0)
    to.mean = more.mean;
  else if (std::isfinite(to.mean) && std::isfinite(more.mean))
    to.mean += distance * more.count / all;
  else
    to.mean = to.sum / all;  // a distance from infinity says nothing
  to.min = std::min(to.min.value_or(more.min), more.min);
  to.max = std::max(to.max.value_or(more.max), more.max);
}

template <class T>
std::size_t without_nans(T* values, std::size_t count) {
  if constexpr (std::is_floating_point_v<T>)
    return std::size_t(std::remove_if(values, values + count, [](T v) { return std::isnan(v); }) -
                       values);
  return count;
}

template <class T>
void add_numbers(ColumnProfile& profile, const Column& column, std::size_t first,
                 std::size_t count) {
  Buffer<T> block(kBlock + 1);
  const T* values = column.get<T>().data();
  for (std::size_t i = first; i < first + count; i += kBlock) {
    const auto take = std::min(kBlock, first + count - i);
    const T* from = values + i;
    auto kept = take;
    if (!column.validity.empty()) {
      kept = detail::compact(from, column.validity.data(), i, take, block.data());
      from = block.data();
    }
    const auto before = profile.values();
    profile.rows += std::int64_t(take);
    profile.nulls += std::int64_t(take - kept);
    if (kept == 0) continue;
    auto figures = figures_of(from, kept);
    if (std::isnan(figures.sum)) {
      std::copy(from, from + kept, block.data());
      const auto real = without_nans(block.data(), kept);
      profile.nans += std::int64_t(kept - real);
      kept = real;
      from = block.data();
      if (kept == 0) continue;
      figures = figures_of(from, kept);
    }
    const double mean = figures.sum / double(kept);
    add_figures(profile, before,
                {.count = double(kept),
                 .min = exact(figures.min),
                 .max = exact(figures.max),
                 .sum = figures.sum,
                 .mean = mean,
                 .m2 = squares_around(from, kept, mean),
                 .exact_sum = exact_sum_of(figures.exact_sum)});
  }
}

std::int64_t nulls_in(const Column& column, std::size_t first, std::size_t count) {
  if (column.validity.empty()) return 0;
  return std::int64_t(count - detail::count_bits(column.validity.data(), first, count));
}

template <class T>
void add_times(ColumnProfile& profile, const Column& column, std::size_t first, std::size_t count) {
  profile.rows += std::int64_t(count);
  profile.nulls += nulls_in(column, first, count);
  const T* values = column.get<T>().data();
  Buffer<T> block(kBlock + 1);
  for (std::size_t i = first; i < first + count; i += kBlock) {
    auto kept = std::min(kBlock, first + count - i);
    const T* from = values + i;
    if (!column.validity.empty()) {
      kept = detail::compact(from, column.validity.data(), i, kept, block.data());
      from = block.data();
    }
    if (kept == 0) continue;
    const auto figures = figures_of(from, kept);
    profile.first = std::min(profile.first.value_or(figures.min), std::int64_t(figures.min));
    profile.last = std::max(profile.last.value_or(figures.max), std::int64_t(figures.max));
  }
}

void widen(ColumnProfile& profile, std::string_view text) {
  if (!profile.min_text || text < *profile.min_text) profile.min_text = text;
  if (!profile.max_text || text > *profile.max_text) profile.max_text = text;
}

void add_texts(ColumnProfile& profile, const Column& column, std::size_t first, std::size_t count) {
  profile.rows += std::int64_t(count);
  profile.nulls += nulls_in(column, first, count);
  std::string_view last;
  bool has_last = false;
  for (std::size_t i = first; i < first + count; ++i) {
    if (column.is_null(std::int64_t(i))) continue;
    const auto text = column.text(std::int64_t(i));
    if (has_last && text == last) continue;
    widen(profile, text);
    if (profile.type == DataType::Category) profile.categories.emplace(text);
    last = text;
    has_last = true;
  }
}

void add_categories(ColumnProfile& profile, const Column& column, std::size_t first,
                    std::size_t count) {
  profile.rows += std::int64_t(count);
  profile.nulls += nulls_in(column, first, count);
  std::vector<std::uint8_t> occurs(column.dictionary ? column.dictionary->size() : 0);
  const auto* indices = column.get<std::int32_t>().data();
  Buffer<std::int32_t> block(kBlock + 1);
  for (std::size_t i = first; i < first + count; i += kBlock) {
    auto kept = std::min(kBlock, first + count - i);
    const auto* from = indices + i;
    if (!column.validity.empty()) {
      kept = detail::compact(from, column.validity.data(), i, kept, block.data());
      from = block.data();
    }
    for (std::size_t k = 0; k < kept; ++k)
      if (std::size_t(from[k]) < occurs.size()) occurs[std::size_t(from[k])] = 1;
  }
  for (std::size_t i = 0; i < occurs.size(); ++i) {
    if (occurs[i] == 0) continue;
    widen(profile, (*column.dictionary)[i]);
    if (profile.type == DataType::Category) profile.categories.insert((*column.dictionary)[i]);
  }
}

void add_rows(ColumnProfile& profile, const Column& column, std::size_t first, std::size_t count) {
  switch (column.type) {
    case DataType::Bool:
      return add_numbers<std::uint8_t>(profile, column, first, count);
    case DataType::Int32:
      return add_numbers<std::int32_t>(profile, column, first, count);
    case DataType::Int64:
      return add_numbers<std::int64_t>(profile, column, first, count);
    case DataType::Float32:
      return add_numbers<float>(profile, column, first, count);
    case DataType::Float64:
      return add_numbers<double>(profile, column, first, count);
    case DataType::Date:
      return add_times<std::int32_t>(profile, column, first, count);
    case DataType::Timestamp:
      return add_times<std::int64_t>(profile, column, first, count);
    case DataType::Text:
      return add_texts(profile, column, first, count);
    case DataType::Category:
      return add_categories(profile, column, first, count);
  }
}

std::string time_text(const ColumnProfile& profile, std::int64_t count) {
  using namespace std::chrono;
  if (profile.type == DataType::Date)
    return to_rfc3339(Time(Micros(days(count)))).substr(0, 10);
  const auto unit = profile.time_unit == TimeUnit::Second  ? microseconds(1'000'000)
                    : profile.time_unit == TimeUnit::Milli ? microseconds(1000)
                                                           : microseconds(1);
  return to_rfc3339(Time(Micros(saturating_multiply(count, unit.count()))));
}

Json number_json(const ExactNumber& number) {
  if (const auto* integer = std::get_if<std::int64_t>(&number.value)) return *integer;
  return json_number(number.rounded());
}

// A sum that no integer of 64 bits holds is rounded.
Json sum_json(const ExactSum& sum) {
  const Wide wide = wide_of(sum);
  if (wide == Wide(std::int64_t(sum.low))) return std::int64_t(sum.low);
  if (sum.high == 0) return sum.low;
  return sum.rounded();
}

}  // namespace

double ExactNumber::rounded() const {
  return std::visit([](auto number) { return static_cast<double>(number); }, value);
}

bool ExactNumber::is_less(const ExactNumber& other) const {
  const auto* a = std::get_if<std::int64_t>(&value);
  const auto* b = std::get_if<std::int64_t>(&other.value);
  return a != nullptr && b != nullptr ? *a < *b : rounded() < other.rounded();
}

void ExactSum::add(const ExactSum& other) {
  *this = exact_sum_of(wide_of(*this) + wide_of(other));
}

double ExactSum::rounded() const { return double(wide_of(*this)); }

double ColumnProfile::stddev() const { return values() > 0 ? std::sqrt(m2 / double(values())) : 0; }

void ColumnProfile::merge(const ColumnProfile& other) {
  if (other.min)
    add_figures(*this, values(),
                {.count = double(other.values()),
                 .min = *other.min,
                 .max = *other.max,
                 .sum = other.sum,
                 .mean = other.mean,
                 .m2 = other.m2,
                 .exact_sum = other.exact_sum});
  rows += other.rows;
  nulls += other.nulls;
  nans += other.nans;
  if (other.first) first = std::min(first.value_or(*other.first), *other.first);
  if (other.last) last = std::max(last.value_or(*other.last), *other.last);
  if (other.min_text) widen(*this, *other.min_text);
  if (other.max_text) widen(*this, *other.max_text);
  categories.insert(other.categories.begin(), other.categories.end());
}

const ColumnProfile* FrameProfile::find(std::string_view name) const {
  for (const auto& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

Status FrameProfile::merge(const FrameProfile& other) {
  if (columns.empty()) {
    *this = other;
    return {};
  }
  if (columns.size() != other.columns.size())
    return make_error(ErrorCode::InvalidData,
                      fmt::format("profiles of {} and {} columns cannot be merged", columns.size(),
                                  other.columns.size()));
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name != other.columns[i].name || columns[i].type != other.columns[i].type ||
        columns[i].time_unit != other.columns[i].time_unit)
      return make_error(
          ErrorCode::InvalidData,
          fmt::format("profiles of column {} ({}) and column {} ({}) cannot be merged",
                      columns[i].name, to_string(columns[i].type), other.columns[i].name,
                      to_string(other.columns[i].type)));
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].merge(other.columns[i]);
  rows += other.rows;
  return {};
}

namespace {

ColumnProfile profile_checked(const Field& field, const Column& column, std::int64_t first,
                              std::int64_t count) {
  ColumnProfile profile;
  profile.name = field.name;
  profile.type = field.type;
  profile.time_unit = field.time_unit;
  add_rows(profile, column, std::size_t(first), std::size_t(count));
  return profile;
}

}  // namespace

Result<ColumnProfile> profile_column(const Field& field, const Column& column, std::int64_t first,
                                     std::int64_t count) {
  if (first < 0 || count < 0 || first > column.size() - count)
    return make_error(ErrorCode::InvalidData,
                      fmt::format("rows {} to {} are not in column {} of {} rows", first,
                                  first + count, field.name, column.size()));
  PENSTOCK_TRY(detail::check_column(field, column, column.size(), first, count));
  return profile_checked(field, column, first, count);
}

Result<FrameProfile> profile_frame(const Frame& frame) {
  PENSTOCK_TRY(frame.validate());
  FrameProfile profile;
  profile.rows = frame.rows;
  for (std::size_t i = 0; i < frame.columns.size(); ++i)
    profile.columns.push_back(
        profile_checked(frame.schema->fields[i], frame.columns[i], 0, frame.rows));
  return profile;
}

Json to_json(const ColumnProfile& profile) {
  Json json;
  json["name"] = profile.name;
  json["type"] = to_string(profile.type);
  json["rows"] = profile.rows;
  json["nulls"] = profile.nulls;
  if (profile.nans > 0) json["nans"] = profile.nans;
  if (is_number(profile.type) && profile.min) {
    const bool is_integer = std::holds_alternative<std::int64_t>(profile.min->value);
    json["min"] = number_json(*profile.min);
    json["max"] = number_json(*profile.max);
    json["mean"] = json_number(profile.mean);
    json["sum"] = is_integer ? sum_json(profile.exact_sum) : json_number(profile.sum);
    json["stddev"] = json_number(profile.stddev());
  }
  if (profile.first) json["min"] = time_text(profile, *profile.first);
  if (profile.last) json["max"] = time_text(profile, *profile.last);
  if (profile.min_text) json["min"] = *profile.min_text;
  if (profile.max_text) json["max"] = *profile.max_text;
  if (profile.type == DataType::Category) json["distinct"] = profile.categories.size();
  return json;
}

Json to_json(const FrameProfile& profile) {
  Json json;
  json["rows"] = profile.rows;
  json["columns"] = Json::array();
  for (const auto& column : profile.columns) json["columns"].push_back(to_json(column));
  return json;
}

}  // namespace penstock

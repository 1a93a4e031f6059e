// Frames of any shape from a seed: every type, nulls, extreme numbers, odd texts.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "penstock/frame/detail/frame_for_test.h"

namespace penstock::detail {

/// What a generated frame may hold.
struct RandomFrameOptions {
  std::size_t most_rows = 300;
  bool bad_text = false;  ///< some texts are not UTF-8
};

class RandomFrame {
 public:
  explicit RandomFrame(std::uint64_t seed, RandomFrameOptions options = {})
      : random_(seed), options_(options) {}

  /// A frame of up to ten columns, with `least` at least.
  Frame make(std::size_t least = 0) {
    constexpr std::size_t kRows[] = {0, 1, 7, 8, 9, 63, 64, 65};
    const auto rows = pick(2) == 0 ? kRows[pick(std::size(kRows))] : pick(options_.most_rows + 1);
    Schema schema;
    schema.name = pick(4) == 0 ? "" : text(false);
    schema.description = text(false);
    if (pick(2) == 0) schema.metadata["Schlüssel " + std::to_string(pick(9))] = text(false);
    Frame frame;
    frame.rows = std::int64_t(rows);
    for (auto left = least + pick(10); left > 0; --left) {
      Field field = {.name = text(false) + " " + std::to_string(left),
                     .type = DataType(pick(9)),
                     .unit = text(false),
                     .description = text(false),
                     .time_unit = TimeUnit(pick(3)),
                     .utc_adjusted = pick(2) == 0};
      if (field.type != DataType::Timestamp) field.time_unit = TimeUnit::Milli;
      if (field.type != DataType::Timestamp) field.utc_adjusted = false;
      if (field.type == DataType::Category)
        field.categories = {"a", "", "Häfen", "\xF0\x9F\x98\x80"};
      frame.columns.push_back(column(field, rows));
      field.nullable = frame.columns.back().null_count > 0 || pick(2) == 0;
      schema.fields.push_back(std::move(field));
    }
    frame.schema = std::make_shared<const Schema>(std::move(schema));
    return frame;
  }

  std::size_t pick(std::size_t count) { return std::size_t(random_() % count); }

 private:
  Column column(const Field& field, std::size_t rows) {
    null_chance_ = pick(4) * 33;  // of a hundred
    using Wide = std::numeric_limits<std::int64_t>;
    using Narrow = std::numeric_limits<std::int32_t>;
    switch (field.type) {
      case DataType::Bool:
        return numbers<std::uint8_t>(field.type, rows, {0, 1});
      case DataType::Int32:
      case DataType::Date:
        return numbers<std::int32_t>(field.type, rows,
                                     {Narrow::min(), Narrow::max(), 0, -1, 1, 17167});
      case DataType::Int64:
        return numbers<std::int64_t>(field.type, rows,
                                     {Wide::min(), Wide::max(), 0, -1, 1, 9007199254740993});
      case DataType::Timestamp:
        // Seconds that do not fit into milliseconds are refused: a test of its own.
        if (field.time_unit == TimeUnit::Second)
          return numbers<std::int64_t>(
              field.type, rows, {Wide::min() / 1000, Wide::max() / 1000, 0, -1, 1'500'000'000});
        return numbers<std::int64_t>(field.type, rows, {Wide::min(), Wide::max(), 0, -1, 1});
      case DataType::Float32:
        return numbers<float>(field.type, rows, floats<float>());
      case DataType::Float64:
        return numbers<double>(field.type, rows, floats<double>());
      case DataType::Text:
        return make_text_column(texts(rows));
      case DataType::Category:
        break;
    }
    // Texts beyond those declared, and dictionaries that lack some of these.
    Texts values;
    for (std::size_t i = 0; i < rows; ++i)
      values.push_back(is_null() ? std::optional<std::string>()
                                 : pick(3) == 0 ? "a" : "other " + std::to_string(pick(5)));
    return make_category_column({"other 3", "unused"}, values);
  }

  template <class T>
  static std::vector<T> floats() {
    using Limits = std::numeric_limits<T>;
    return {Limits::quiet_NaN(), Limits::infinity(),   -Limits::infinity(), T(-0.0),     T(0),
            Limits::max(),       Limits::denorm_min(), Limits::lowest(),    T(1) / T(3), T(1e-30)};
  }

  template <class T>
  Column numbers(DataType type, std::size_t rows, const std::vector<T>& special) {
    std::vector<std::optional<T>> values;
    const bool repeats = pick(2) == 0;
    for (std::size_t i = 0; i < rows; ++i) {
      if (is_null())
        values.emplace_back();
      else if (repeats || sizeof(T) == 1 || pick(4) == 0)
        values.emplace_back(special[pick(special.size())]);
      else
        values.emplace_back(T(std::int32_t(random_())) / T(1 + pick(3)));
    }
    return make_column<T>(type, values);
  }

  Texts texts(std::size_t rows) {
    Texts values;
    for (std::size_t i = 0; i < rows; ++i)
      values.push_back(is_null() ? std::optional<std::string>() : text(options_.bad_text));
    return values;
  }

  std::string text(bool may_be_bad) {
    static const std::string kTexts[] = {"",
                                         "a",
                                         "Häfen",
                                         "\xF0\x9F\x98\x80",
                                         std::string("\0nul", 4),
                                         "line\r\nline",
                                         "\xEF\xBB\xBF",
                                         "\xF4\x8F\xBF\xBF",
                                         std::string(100, 'z'),
                                         std::string(61, 'y') + "\xE2\x82\xAC\xE2\x82\xAC"};
    static const std::string kBad[] = {"\xFF", "caf\xE9", "\xC3", "\xED\xA0\x80", "\xC0\xAF"};
    if (may_be_bad && pick(20) == 0) return kBad[pick(std::size(kBad))];
    return kTexts[pick(std::size(kTexts))];
  }

  bool is_null() { return pick(100) < null_chance_; }

  std::mt19937_64 random_;
  RandomFrameOptions options_;
  std::size_t null_chance_ = 0;
};

/// The bits of a value as text: NaN is equal to itself, and -0.0 differs from 0.0.
inline std::string bits(const Column& column, std::int64_t row) {
  if (column.is_null(row)) return "null";
  if (column.type == DataType::Text || column.type == DataType::Category)
    return '"' + std::string(column.text(row)) + '"';
  return std::visit(
      [&]<class Values>(const Values& values) -> std::string {
        if constexpr (std::is_same_v<Values, TextValues>) return "";
        else
          return std::string(reinterpret_cast<const char*>(&values[std::size_t(row)]),
                             sizeof(typename Values::value_type));
      },
      column.values);
}

/// Where two frames differ in what files keep, as text; empty when they do not.
inline std::string difference(const Frame& got, const Frame& want, std::int64_t time_factor = 1) {
  if (got.rows != want.rows) return "rows";
  if (got.columns.size() != want.columns.size()) return "columns";
  if (got.schema->name != want.schema->name) return "name";
  if (got.schema->metadata != want.schema->metadata) return "metadata";
  for (std::size_t i = 0; i < want.columns.size(); ++i) {
    const auto& field = want.schema->fields[i];
    const auto& column = want.columns[i];
    if (got.schema->fields[i].name != field.name) return "name of " + field.name;
    if (got.schema->fields[i].unit != field.unit) return "unit of " + field.name;
    if (got.schema->fields[i].nullable != field.nullable) return "nullability of " + field.name;
    if (got.columns[i].null_count != column.null_count) return "nulls of " + field.name;
    const bool scaled = field.type == DataType::Timestamp && field.time_unit == TimeUnit::Second;
    for (std::int64_t row = 0; row < want.rows; ++row) {
      if (scaled && time_factor != 1 && !column.is_null(row)) {
        const auto at = std::size_t(row);
        if (got.columns[i].get<std::int64_t>()[at] != column.get<std::int64_t>()[at] * time_factor)
          return "time of " + field.name;
      } else if (bits(got.columns[i], row) != bits(column, row)) {
        return "row " + std::to_string(row) + " of " + field.name;
      }
    }
  }
  return {};
}

}  // namespace penstock::detail

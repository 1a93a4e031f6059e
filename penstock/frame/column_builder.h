// Builds columns value by value, so that values, validity bits and number of nulls always agree.
//
//   ps::ColumnBuilder<float> load(ps::DataType::Float32);
//   load.push(1.5F);
//   load.push_null();
//   frame.columns.push_back(std::move(load).finish());
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "penstock/frame/column.h"

namespace penstock {

/// Collects which values of a column are null, front to back. For loops that fill the buffer of
/// values themselves; others use ColumnBuilder.
class ValidityBuilder {
 public:
  ValidityBuilder() = default;
  /// Reserve space for `rows` values.
  explicit ValidityBuilder(std::int64_t rows) : bits_(std::size_t(rows + 63) / 64 * 8) {}

  /// Append one value.
  void push(bool valid) {
    word_ |= std::uint64_t(valid) << bit_;
    nulls_ += valid ? 0 : 1;
    if (++bit_ == 64) flush();
  }
  /// Append `count` values that are all valid or all null.
  void push_run(bool valid, std::uint64_t count);
  /// Values so far.
  std::int64_t size() const { return std::int64_t(at_ * 8) + bit_; }
  std::int64_t nulls() const { return nulls_; }
  /// Set bits and number of nulls of a column that has size() values; no bits when there are no
  /// nulls.
  void finish(Column& column) &&;

 private:
  void flush();
  Buffer<std::uint8_t> bits_;
  std::size_t at_ = 0;  // bytes of bits_ that are written
  std::uint64_t word_ = 0;
  int bit_ = 0;
  std::int64_t nulls_ = 0;
};

/// Builds a column of numbers, bools, dates or timestamps. T is the type of its buffer: bool or
/// uint8_t for Bool, int32_t for Int32 and Date, int64_t for Int64 and Timestamp, float, double.
template <class T>
class ColumnBuilder {
  using Stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

 public:
  explicit ColumnBuilder(DataType type) : column_(Column::make(type)) {
    PENSTOCK_CHECK(std::holds_alternative<Buffer<Stored>>(column_.values) &&
                       type != DataType::Category,
                   "the type of a builder is that of its column's buffer");
  }
  void reserve(std::size_t rows) { values().reserve(rows); }
  void push(T value) { push_run(value, 1); }
  void push(const std::optional<T>& value) { value ? push(*value) : push_null(); }
  void push_null() { push_nulls(1); }
  /// Append one value `count` times.
  void push_run(T value, std::size_t count) {
    values().insert(values().end(), count, stored(value));
    validity_.push_run(true, count);
  }
  void push_nulls(std::size_t count) {
    values().insert(values().end(), count, Stored());
    validity_.push_run(false, count);
  }
  std::int64_t size() const { return validity_.size(); }
  Column finish() && {
    std::move(validity_).finish(column_);
    return std::move(column_);
  }

 private:
  Buffer<Stored>& values() { return std::get<Buffer<Stored>>(column_.values); }
  static Stored stored(T value) {
    if constexpr (std::is_same_v<Stored, std::uint8_t>)
      return value ? 1 : 0;
    else
      return value;
  }
  Column column_;
  ValidityBuilder validity_;
};

/// Builds a column of texts, in UTF-8.
template <>
class ColumnBuilder<std::string> {
 public:
  ColumnBuilder() : column_(Column::make(DataType::Text)) {}
  void push(std::string_view text);
  template <std::same_as<std::optional<std::string>> Optional>
  void push(const Optional& text) {
    text ? push(std::string_view(*text)) : push_null();
  }
  void push_null();
  std::int64_t size() const { return validity_.size(); }
  Column finish() &&;

 private:
  TextValues& values() { return std::get<TextValues>(column_.values); }
  Column column_;
  ValidityBuilder validity_;
};

/// Builds a column of categories: each text is kept once.
class CategoryBuilder {
 public:
  /// The dictionary starts with `declared`, such as Field::categories; others follow in the order
  /// in which they come.
  explicit CategoryBuilder(Dictionary declared = {});
  void push(std::string_view text);
  template <std::same_as<std::optional<std::string>> Optional>
  void push(const Optional& text) {
    text ? push(std::string_view(*text)) : push_null();
  }
  void push_null();
  std::int64_t size() const { return validity_.size(); }
  Column finish() &&;

 private:
  std::int32_t index_of(std::string_view text);
  Column column_;
  Dictionary texts_;
  std::unordered_map<std::string, std::int32_t> indices_;
  ValidityBuilder validity_;
};

}  // namespace penstock

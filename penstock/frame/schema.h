// What a table is: its columns with types, units and constraints, and facts about the whole.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/result.h"

namespace penstock {

/// How the values of a column are held in memory, in Arrow's layout.
enum class DataType : std::uint8_t {
  Bool,  ///< one byte per value, 0 or 1
  Int32,
  Int64,
  Float32,
  Float64,
  Text,      ///< 64-bit offsets into bytes, UTF-8
  Category,  ///< int32 indices into a shared list of texts (Arrow: dictionary<int32, utf8>)
  Date,      ///< int32 days since 1970-01-01
  Timestamp  ///< int64 since 1970-01-01 in the field's TimeUnit
};

/// Resolution of a Timestamp column.
enum class TimeUnit : std::uint8_t { Second, Milli, Micro };

/// The name of a type as shown to people: `int32`, `category`.
std::string_view to_string(DataType type);

/// One declared column.
struct Field {
  std::string name;
  DataType type = DataType::Int32;
  bool nullable = true;
  std::string unit = {};  ///< such as `MW`; empty when there is none
  std::string description = {};
  TimeUnit time_unit = TimeUnit::Milli;      ///< Timestamp only
  bool utc_adjusted = false;                 ///< Timestamp only: the values are instants in UTC
  std::vector<std::string> categories = {};  ///< Category: the dictionary, in its order
  std::optional<double> min = {}, max = {};  ///< inclusive range of numbers

  friend bool operator==(const Field&, const Field&) = default;
};

/// The longest name of a table, a column or a unit, in bytes.
inline constexpr std::size_t kMaxNameBytes = 1024;
/// The longest description or value of metadata, in bytes.
inline constexpr std::size_t kMaxDescriptionBytes = std::size_t(1) << 20;
/// The size of all names, descriptions and metadata of a table together, in bytes: files repeat
/// them, and programs that read files refuse footers that are too large.
inline constexpr std::size_t kMaxSchemaBytes = std::size_t(16) << 20;
/// The most columns of a table.
inline constexpr std::size_t kMaxFields = 100'000;

/// Whether metadata can be stored in files: UTF-8, within the limits above, and no key that files
/// use for themselves. InvalidData that names the key.
Status check_metadata(const std::map<std::string, std::string>& metadata);

/// A declared table.
struct Schema {
  std::string name;
  std::string description = {};
  std::vector<Field> fields = {};
  std::vector<std::string> primary_key = {};         ///< field names, in sort order
  std::map<std::string, std::string> metadata = {};  ///< free facts, kept in files

  /// Position of a field, or nothing.
  std::optional<std::size_t> find(std::string_view field) const;
  /// Whether this describes a table that can be written and read back: all texts are UTF-8 within
  /// the limits above, no two fields have one name, no text is declared twice as a category, the
  /// primary key names fields, and no key of the metadata belongs to the file formats. InvalidData
  /// of kind `invalid_schema`, with the name of what is wrong.
  Status validate() const;
  friend bool operator==(const Schema&, const Schema&) = default;
};

}  // namespace penstock

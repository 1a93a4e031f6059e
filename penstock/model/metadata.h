// Facts that an op attaches to what it made: typed values with names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "penstock/base/byte_archive.h"
#include "penstock/base/clock.h"
#include "penstock/base/json.h"

namespace penstock {

/// A typed fact. Its JSON form is `{"type": T, "value": V}`; the text kinds share one alternative.
class MetadataValue {
 public:
  enum class Kind : std::uint8_t {
    Null,
    Bool,
    Int,
    Float,
    Text,
    Url,
    Path,
    Markdown,
    Timestamp,
    JsonText
  };

  MetadataValue() = default;
  template <class T>
    requires std::is_arithmetic_v<T>
  MetadataValue(T value) {  // bool is tested before int, and int before float
    if constexpr (std::is_same_v<T, bool>)
      kind_ = Kind::Bool, value_ = std::int64_t(value);
    else if constexpr (std::is_integral_v<T>)
      kind_ = Kind::Int, value_ = static_cast<std::int64_t>(value);
    else
      kind_ = Kind::Float, value_ = static_cast<double>(value);
  }
  MetadataValue(std::string text) : kind_(Kind::Text), value_(std::move(text)) {}
  MetadataValue(std::string_view text) : MetadataValue(std::string(text)) {}
  MetadataValue(const char* text) : MetadataValue(std::string(text)) {}

  static MetadataValue url(std::string value) { return {Kind::Url, std::move(value)}; }
  static MetadataValue path(std::string value) { return {Kind::Path, std::move(value)}; }
  static MetadataValue markdown(std::string value) { return {Kind::Markdown, std::move(value)}; }
  /// Any JSON, given as its compact text.
  static MetadataValue json_text(std::string value) { return {Kind::JsonText, std::move(value)}; }
  static MetadataValue json(const Json& value);
  static MetadataValue timestamp(Time value);

  Kind kind() const { return kind_; }
  bool as_bool() const { return std::get<std::int64_t>(value_) != 0; }
  std::int64_t as_int() const { return std::get<std::int64_t>(value_); }
  double as_float() const { return std::get<double>(value_); }
  /// The text of Text, Url, Path, Markdown and Json values.
  const std::string& as_text() const { return std::get<std::string>(value_); }

  /// For tables: the value as short text.
  std::string display() const;
  Json to_json() const;
  static MetadataValue from_json(const Json& json);
  void encode(ByteWriter& out) const;
  static MetadataValue decode(ByteReader& in);
  static constexpr std::string_view kLayout = "fact 1";
  friend bool operator==(const MetadataValue&, const MetadataValue&) = default;

 private:
  MetadataValue(Kind kind, std::string text) : kind_(kind), value_(std::move(text)) {}
  Kind kind_ = Kind::Null;
  std::variant<std::int64_t, double, std::string> value_ = std::int64_t(0);
};

/// Named facts in the order in which they were added.
using Metadata = std::vector<std::pair<std::string, MetadataValue>>;

/// How much a log message or a failed check matters.
enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error, Critical };
std::string_view to_string(LogLevel level);

/// What a failed check means: an Error blocks what depends on it, a Warn is shown.
enum class CheckSeverity : std::uint8_t { Warn, Error };
std::string_view to_string(CheckSeverity severity);

/// The result of checking an asset (a partition of it), as an op records it.
struct CheckResult {
  std::string asset;           ///< asset key
  std::string check;           ///< name of the check
  std::string partition = {};  ///< partition key such as `year=2017,state=ID`; may be empty
  bool passed = true;
  CheckSeverity severity = CheckSeverity::Error;
  std::string description = {};  ///< what was found, when it failed
  Metadata metadata = {};        ///< counts and examples
};

/// What an op made outside of its outputs: an asset (a partition of it) and where it lies.
struct Materialization {
  std::string asset;           ///< asset key
  std::string partition = {};  ///< partition key; may be empty
  std::string path = {};       ///< where the object lies; may be empty
  Metadata metadata = {};
};

}  // namespace penstock

// A config document as a tree whose every value knows where it was written.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/model/config_problem.h"

namespace penstock {

struct ConfigEntry;

/// One value of a config document: null, bool, integer, float, string, list or map.
///
/// An integer is one of -2^63 to 2^64 - 1. Maps keep the order of their keys. Equality compares
/// content only, not position or spelling. A value marked secret is printed as `****` by every
/// function that prints.
class ConfigValue {
 public:
  enum class Kind : std::uint8_t { Null, Bool, Int, Float, String, List, Map };

  ConfigValue();
  ConfigValue(bool value);
  ConfigValue(int value);
  ConfigValue(std::int64_t value);
  ConfigValue(std::uint64_t value);
  ConfigValue(double value);
  ConfigValue(std::string value);
  ConfigValue(const char* value);
  // Copied, moved and destroyed in the source file: programs that include this compile faster.
  ConfigValue(const ConfigValue& other);
  ConfigValue(ConfigValue&& other) noexcept;
  ConfigValue& operator=(const ConfigValue& other);
  ConfigValue& operator=(ConfigValue&& other) noexcept;
  ~ConfigValue();
  /// A list, empty unless items are given.
  static ConfigValue list(std::vector<ConfigValue> items = {});
  /// A map, empty unless entries are given.
  static ConfigValue map(std::vector<ConfigEntry> entries = {});

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::Null; }
  bool is_string() const { return kind_ == Kind::String; }
  bool is_list() const { return kind_ == Kind::List; }
  bool is_map() const { return kind_ == Kind::Map; }

  /// The payload; meaningful only for its kind (otherwise false, 0, empty).
  bool as_bool() const { return bool_; }
  /// An integer above 2^63 - 1 reads as 2^63 - 1; see integer().
  std::int64_t as_int() const { return large_ ? INT64_MAX : int_; }
  double as_float() const;
  /// The integer, when a T holds it.
  template <std::integral T>
  std::optional<T> integer() const {
    if (kind_ != Kind::Int) return {};
    using Limits = std::numeric_limits<T>;
    const bool fits = !large_ && int_ < 0
                          ? Limits::is_signed && int_ >= static_cast<std::int64_t>(Limits::min())
                          : static_cast<std::uint64_t>(int_) <=
                                static_cast<std::uint64_t>(Limits::max());
    if (!fits) return {};
    return static_cast<T>(int_);
  }
  const std::string& as_string() const { return text_; }
  const std::vector<ConfigValue>& items() const { return items_; }
  std::vector<ConfigValue>& items() { return items_; }
  const std::vector<ConfigEntry>& entries() const { return entries_; }
  std::vector<ConfigEntry>& entries() { return entries_; }

  /// A map's value under a key, or null. Linear in the number of entries, but O(1) when the key is
  /// the entry at index `hint`.
  const ConfigValue* find(std::string_view key, std::size_t hint = 0) const;
  ConfigValue* find(std::string_view key, std::size_t hint = 0);
  /// Set or replace a map's value under a key; a null becomes a map first.
  ConfigValue& set(std::string key, ConfigValue value);

  /// Where the value was written.
  const ConfigMark& mark() const { return mark_; }
  void set_mark(ConfigMark mark) { mark_ = std::move(mark); }
  /// True for a string that was written in quotes or as a block.
  bool quoted() const { return quoted_; }
  void set_quoted(bool quoted) { quoted_ = quoted; }
  /// How a plain scalar was spelled (`0x1F`, `1.10`), for messages; empty for values made in code.
  const std::string& spelling() const { return text_; }
  void set_spelling(std::string text);
  /// True when every printed form must hide the value.
  bool secret() const { return secret_; }
  void set_secret(bool secret) { secret_ = secret; }

  friend bool operator==(const ConfigValue& a, const ConfigValue& b);

 private:
  Kind kind_ = Kind::Null;
  bool quoted_ = false;
  bool secret_ = false;
  bool bool_ = false;
  bool large_ = false;  // int_ holds the bits of an integer above 2^63 - 1
  std::int64_t int_ = 0;
  double float_ = 0;
  std::string text_;  // a string's content, any other scalar's spelling
  std::vector<ConfigValue> items_;
  std::vector<ConfigEntry> entries_;
  ConfigMark mark_;
};

/// One key of a map, in the order of the document.
struct ConfigEntry {
  std::string key;
  ConfigValue value = {};
  ConfigMark key_mark = {};
};

/// Compares two numbers; integers exactly.
bool is_less(const ConfigValue& a, const ConfigValue& b);

/// `null`, `boolean`, `integer`, `number`, `string`, `list` or `mapping`.
std::string_view to_string(ConfigValue::Kind kind);

/// The value in one line of YAML flow style, at most `limit` bytes and then `...`; for messages.
std::string brief(const ConfigValue& value, std::size_t limit = 60);

}  // namespace penstock

#include "penstock/model/config_value.h"

#include <algorithm>
#include <utility>

namespace penstock {

ConfigValue::ConfigValue(const ConfigValue& other) = default;
ConfigValue::ConfigValue(ConfigValue&& other) noexcept = default;
ConfigValue& ConfigValue::operator=(const ConfigValue& other) = default;
ConfigValue& ConfigValue::operator=(ConfigValue&& other) noexcept = default;

// Without recursion: what a program nests deeper than the stack holds is destroyed all the same.
ConfigValue::~ConfigValue() {
  if (items_.empty() && entries_.empty()) return;
  std::vector<ConfigValue> waiting;
  const auto take_from = [&](ConfigValue& value) {
    for (auto& item : value.items_) waiting.push_back(std::move(item));
    for (auto& entry : value.entries_) waiting.push_back(std::move(entry.value));
    value.items_.clear();
    value.entries_.clear();
  };
  const auto is_deep = [](const ConfigValue& value) {
    return !value.items_.empty() || !value.entries_.empty();
  };
  // Of most documents the containers hold scalars only, which need no list of their own.
  if (!std::ranges::any_of(items_, is_deep) &&
      !std::ranges::any_of(entries_, is_deep, &ConfigEntry::value))
    return;
  take_from(*this);
  while (!waiting.empty()) {
    ConfigValue value = std::move(waiting.back());
    waiting.pop_back();
    take_from(value);
  }
}

ConfigValue::ConfigValue() = default;
ConfigValue::ConfigValue(bool value) : kind_(Kind::Bool), bool_(value) {}
ConfigValue::ConfigValue(int value) : ConfigValue(std::int64_t{value}) {}
ConfigValue::ConfigValue(std::int64_t value) : kind_(Kind::Int), int_(value) {}
ConfigValue::ConfigValue(std::uint64_t value)
    : kind_(Kind::Int),
      large_(value > std::uint64_t{INT64_MAX}),
      int_(static_cast<std::int64_t>(value)) {}
ConfigValue::ConfigValue(double value) : kind_(Kind::Float), float_(value) {}
ConfigValue::ConfigValue(std::string value) : kind_(Kind::String), text_(std::move(value)) {}
ConfigValue::ConfigValue(const char* value) : ConfigValue(std::string(value)) {}

ConfigValue ConfigValue::list(std::vector<ConfigValue> items) {
  ConfigValue value;
  value.kind_ = Kind::List;
  value.items_ = std::move(items);
  return value;
}

ConfigValue ConfigValue::map(std::vector<ConfigEntry> entries) {
  ConfigValue value;
  value.kind_ = Kind::Map;
  value.entries_ = std::move(entries);
  return value;
}

const ConfigValue* ConfigValue::find(std::string_view key, std::size_t hint) const {
  if (hint < entries_.size() && entries_[hint].key == key) return &entries_[hint].value;
  const auto found = std::ranges::find(entries_, key, &ConfigEntry::key);
  return found == entries_.end() ? nullptr : &found->value;
}

ConfigValue* ConfigValue::find(std::string_view key, std::size_t hint) {
  return const_cast<ConfigValue*>(std::as_const(*this).find(key, hint));
}

ConfigValue& ConfigValue::set(std::string key, ConfigValue value) {
  if (kind_ == Kind::Null) kind_ = Kind::Map;
  if (ConfigValue* found = find(key)) {
    *found = std::move(value);
    return *found;
  }
  entries_.push_back({std::move(key), std::move(value)});
  return entries_.back().value;
}

double ConfigValue::as_float() const {
  if (kind_ != Kind::Int) return float_;
  return large_ ? static_cast<double>(static_cast<std::uint64_t>(int_)) : static_cast<double>(int_);
}

void ConfigValue::set_spelling(std::string text) {
  if (kind_ != Kind::String) text_ = std::move(text);
}

bool operator==(const ConfigValue& a, const ConfigValue& b) {
  using Kind = ConfigValue::Kind;
  if (a.kind_ != b.kind_) return false;
  switch (a.kind_) {
    case Kind::Null:
      return true;
    case Kind::Bool:
      return a.bool_ == b.bool_;
    case Kind::Int:
      return a.int_ == b.int_ && a.large_ == b.large_;
    case Kind::Float:
      return a.float_ == b.float_ || (a.float_ != a.float_ && b.float_ != b.float_);
    case Kind::String:
      return a.text_ == b.text_;
    case Kind::List:
      return a.items_ == b.items_;
    case Kind::Map:
      break;
  }
  if (a.entries_.size() != b.entries_.size()) return false;
  for (std::size_t i = 0; i < a.entries_.size(); ++i) {
    const ConfigValue* other = b.find(a.entries_[i].key, i);
    if (other == nullptr || !(a.entries_[i].value == *other)) return false;
  }
  return true;
}

bool is_less(const ConfigValue& a, const ConfigValue& b) {
  using Kind = ConfigValue::Kind;
  if (a.kind() != Kind::Int || b.kind() != Kind::Int) return a.as_float() < b.as_float();
  const auto small_a = a.integer<std::int64_t>(), small_b = b.integer<std::int64_t>();
  if (small_a && small_b) return *small_a < *small_b;
  if (small_a || small_b) return small_a.has_value();
  return *a.integer<std::uint64_t>() < *b.integer<std::uint64_t>();
}

std::string_view to_string(ConfigValue::Kind kind) {
  switch (kind) {
    case ConfigValue::Kind::Null:
      return "null";
    case ConfigValue::Kind::Bool:
      return "boolean";
    case ConfigValue::Kind::Int:
      return "integer";
    case ConfigValue::Kind::Float:
      return "number";
    case ConfigValue::Kind::String:
      return "string";
    case ConfigValue::Kind::List:
      return "list";
    case ConfigValue::Kind::Map:
      return "mapping";
  }
  return "value";
}

}  // namespace penstock

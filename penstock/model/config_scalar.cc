// Scalars: the YAML 1.2 core schema, lengths of time, sizes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/model/config_internal.h"

namespace penstock::detail {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

// [-+]? ( \.[0-9]+ | [0-9]+(\.[0-9]*)? ) ([eE][-+]?[0-9]+)?
bool looks_like_float(std::string_view text) {
  text = without_sign(text);
  const auto whole = count_digits(text);
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    const auto fraction = count_digits(text.substr(1));
    if (whole == 0 && fraction == 0) return false;
    text.remove_prefix(1 + fraction);
  } else if (whole == 0) {
    return false;
  }
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text = without_sign(text.substr(1));
  return !text.empty() && count_digits(text) == text.size();
}

// The base of an integer such as `0x1F` or `0o17`; 0 for any other text.
int base_of(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 0;
  if (base == 0 || text.size() == 2) return 0;
  const auto is_of_base = [base](char c) {
    if (base == 8) return c >= '0' && c <= '7';
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  return std::ranges::all_of(text.substr(2), is_of_base) ? base : 0;
}

Result<ConfigValue> based_integer(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto status =
      std::from_chars(text.data() + 2, text.data() + text.size(), number, base).ec;
  if (status == std::errc()) return ConfigValue(number);
  return make_error(ErrorCode::Config, fmt::format("{} does not fit into 64 bits", text));
}

// Of a number beyond the range of a double: is it too large, and not too small? It is when its
// first digit that is not 0 stands before the point, after the exponent has moved that.
bool is_too_large(std::string_view text) {
  text = without_sign(text);
  const auto exponent_at = std::min(text.find_first_of("eE"), text.size());
  std::string_view digits = text.substr(0, exponent_at), power = text.substr(exponent_at);
  if (!power.empty()) power.remove_prefix(1);
  const bool shrinks = power.starts_with('-');
  std::int64_t exponent = 0;
  power = without_sign(power);
  const auto status =
      std::from_chars(power.data(), power.data() + power.size(), exponent).ec;
  if (status == std::errc::result_out_of_range) return !shrinks;
  const auto point = std::int64_t(std::min(digits.find('.'), digits.size()));
  const auto first = std::int64_t(std::min(digits.find_first_of("123456789"), digits.size()));
  return point - first + (shrinks ? -exponent : exponent) > 0;
}

Result<ConfigValue> decimal(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const auto* const last = digits.data() + digits.size();
  if (looks_like_integer(text)) {
    std::int64_t number = 0;
    if (std::from_chars(digits.data(), last, number).ec == std::errc()) return ConfigValue(number);
    std::uint64_t large = 0;
    const auto [end, status] = std::from_chars(digits.data(), last, large);
    if (status == std::errc() && end == last) return ConfigValue(large);
  }
  double number = 0;
  const auto status = std::from_chars(digits.data(), last, number).ec;
  if (status == std::errc()) return ConfigValue(number);
  if (!is_too_large(digits)) return ConfigValue(digits.starts_with('-') ? -0.0 : 0.0);
  return make_error(ErrorCode::Config,
                    fmt::format("{} is too large for a number; infinity is written {}.inf", text,
                                digits.starts_with('-') ? "-" : ""));
}

}  // namespace

std::optional<ConfigValue> special_float(std::string_view text) {
  const auto is_one_of = [&](std::string_view a, std::string_view b, std::string_view c) {
    return text == a || text == b || text == c;
  };
  if (is_one_of(".nan", ".NaN", ".NAN"))
    return ConfigValue(std::numeric_limits<double>::quiet_NaN());
  const bool negative = text.starts_with('-');
  text = without_sign(text);
  if (!is_one_of(".inf", ".Inf", ".INF")) return {};
  const double infinity = std::numeric_limits<double>::infinity();
  return ConfigValue(negative ? -infinity : infinity);
}

namespace {

Result<ConfigValue> resolve(std::string_view text) {
  for (const auto word : {"", "~", "null", "Null", "NULL"})
    if (text == word) return ConfigValue();
  for (const auto word : {"true", "True", "TRUE"})
    if (text == word) return ConfigValue(true);
  for (const auto word : {"false", "False", "FALSE"})
    if (text == word) return ConfigValue(false);
  if (const int base = base_of(text)) return based_integer(text, base);
  if (auto number = special_float(text)) return *number;
  return looks_like_float(text) ? decimal(text) : ConfigValue(std::string(text));
}

}  // namespace

bool looks_like_integer(std::string_view text) {
  text = without_sign(text);
  return !text.empty() && count_digits(text) == text.size();
}

Result<ConfigValue> plain_scalar(std::string_view text) {
  auto value = resolve(text);
  if (value.ok()) value->set_spelling(std::string(text));
  return value;
}

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return text.size() >= length && is_utf8(text.substr(0, length)) ? length : 0;
}

std::optional<SpelledDuration> parse_config_duration(const ConfigValue& value) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (value.kind() == ConfigValue::Kind::Int)
    return SpelledDuration{static_cast<long double>(value.as_int()), kSecond};
  if (value.kind() == ConfigValue::Kind::Float && std::isfinite(value.as_float()))
    return SpelledDuration{value.as_float(), kSecond};
  if (!value.is_string()) return {};
  const auto text = trim(value.as_string());
  const bool has_unit = !text.empty() && text.back() >= 'a' && text.back() <= 'z';
  return has_unit ? read_spelled_duration(text) : std::nullopt;
}

std::optional<std::int64_t> parse_config_bytes(const ConfigValue& value) {
  if (const auto count = value.integer<std::int64_t>(); count && *count >= 0) return count;
  if (!value.is_string()) return {};
  const auto bytes = parse_bytes(trim(value.as_string()));
  if (!bytes.ok()) return {};
  return static_cast<std::int64_t>(*bytes);
}

long double read_duration(const ConfigValue& value, std::int64_t tick) {
  const auto spelled = parse_config_duration(value);
  return spelled ? spelled->in(tick) : 0;
}

std::int64_t read_bytes(const ConfigValue& value) { return parse_config_bytes(value).value_or(0); }

ConfigValue write_duration(std::int64_t ticks, std::int64_t tick) {
  return ConfigValue(spell_duration(ticks, tick));
}

ConfigValue write_bytes(std::int64_t bytes) {
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes <= 0 || bytes % 1024 != 0) return ConfigValue(bytes);
  std::size_t unit = 0;
  for (bytes /= 1024; bytes % 1024 == 0 && unit + 1 < kUnits.size(); bytes /= 1024) ++unit;
  return ConfigValue(fmt::format("{}{}", bytes, kUnits[unit]));
}

}  // namespace penstock::detail

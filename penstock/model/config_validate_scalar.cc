// Scalars: kinds, bounds, choices, patterns, and what was probably meant.
#include <fmt/format.h>

#include <cmath>
#include <unordered_set>

#include "penstock/base/masker.h"
#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/model/config_codec.h"
#include "penstock/model/config_validator.h"

namespace penstock::detail {
namespace {

using Kind = ConfigValue::Kind;

// The deepest nesting of data: what reads JSON back accepts more.
constexpr std::size_t kDeepestData = 200;

// A number that was probably meant: `2O17`, `1_000`, `"3"`.
std::string meant_number(const ConfigType& type, const ConfigValue& value) {
  std::string text;
  for (char c : value.spelling()) {
    if (c == 'O' || c == 'o')
      text += '0';
    else if (c == 'l' || c == 'I')
      text += '1';
    else if (c != '_' && c != ',' && c != ' ')
      text += c;
  }
  const auto number = plain_scalar(text);
  const bool fits =
      number.ok() && (number->kind() == Kind::Int ||
                      (number->kind() == Kind::Float && type.kind == ConfigKind::Float));
  return fits ? text : "";
}

std::string meant_bool(const ConfigValue& value) {
  const std::string text = to_lower(value.spelling());
  for (const auto word : {"true", "yes", "on", "y", "1"})
    if (text == word) return "true";
  for (const auto word : {"false", "no", "off", "n", "0"})
    if (text == word) return "false";
  const std::vector<std::string> words = {"true", "false"};
  return value.is_string() ? closest_name(text, words).value_or("") : "";
}

// The name that is meant where the case differs, if it is one only; else the text.
std::string name_of(const ConfigType& type, const std::string& text) {
  if (enum_value(type, text)) return text;
  std::string found;
  for (const auto& known : type.names) {
    if (to_lower(known.name) != to_lower(text)) continue;
    if (!found.empty()) return text;
    found = known.name;
  }
  return found.empty() ? text : found;
}

bool is_number(const ConfigValue& value) {
  return value.kind() == Kind::Int || value.kind() == Kind::Float;
}

}  // namespace

std::string ConfigValidator::shown(const ConfigType& type, const ConfigValue& value) {
  if (value.is_list()) return "a list";
  if (value.is_map()) return "a mapping";
  return type.secret || value.secret() ? "the literal" : brief(value);
}

void ConfigValidator::mismatch(const ConfigType& type, const ConfigValue& value,
                               const PathLink* path, std::string_view expected,
                               std::string suggestion) {
  problem(ConfigCode::TypeMismatch, type, value.mark(), path,
          fmt::format("{} is not {}", shown(type, value), expected), std::move(suggestion));
}

ConfigValue ConfigValidator::check(const ConfigType& type, const ConfigValue& value,
                                   const PathLink* path) {
  if (type.source && value.is_map()) return check_source(type, value, path);
  if (type.secret && !policy_.allow_literal_secrets) {
    problem(ConfigCode::TypeMismatch, type, value.mark(), path,
            "a secret is written into the document; expected {env: NAME} or {file: PATH}");
    return {};
  }
  if (type.secret && value.spelling() == Masker::kMask) {
    problem(ConfigCode::PostProcessing, type, value.mark(), path,
            "this is how a secret is shown, and not the secret, which was not stored; give it "
            "again");
    return {};
  }
  return check_literal(type, value, path);
}

ConfigValue ConfigValidator::check_literal(const ConfigType& type, const ConfigValue& value,
                                           const PathLink* path) {
  switch (type.kind) {
    case ConfigKind::Any:
      return check_any(type, value, path, 0);
    case ConfigKind::Array:
      return check_array(type, value, path);
    case ConfigKind::Map:
      return check_map(type, value, path);
    case ConfigKind::Shape:
      return check_shape(type, value, path);
    case ConfigKind::Selector:
      return check_selector(type, value, path);
    case ConfigKind::Noneable:
      return value.is_null() ? value : check(*type.element, value, path);
    case ConfigKind::ScalarUnion: {
      const bool scalar = !value.is_map() && !value.is_list();
      return check(scalar ? *type.scalar : *type.element, value, path);
    }
    default:
      return check_scalar(type, value, path);
  }
}

bool ConfigValidator::check_text(const ConfigType& type, std::string_view text,
                                 const ConfigMark& mark, const PathLink* path) {
  if (type.data || is_utf8(text)) return true;
  problem(ConfigCode::TypeMismatch, type, mark, path,
          "a text that is not UTF-8 stands here; config documents are UTF-8");
  return false;
}

ConfigValue ConfigValidator::check_any(const ConfigType& type, const ConfigValue& value,
                                       const PathLink* path, std::size_t depth) {
  const std::size_t deepest = type.data ? kDeepestData : ConfigLimits().depth;
  if (depth > deepest) {
    problem(ConfigCode::Syntax, type, value.mark(), path,
            fmt::format("lists and mappings are nested deeper than {}", deepest));
    return {};
  }
  if (type.data && value.secret())
    problem(ConfigCode::TypeMismatch, type, value.mark(), path, "a secret is no data");
  if (value.is_string() && !check_text(type, value.as_string(), value.mark(), path)) return {};
  if (value.kind() == Kind::Float && looks_like_integer(value.spelling()))
    problem(ConfigCode::OutOfRange, type, value.mark(), path,
            fmt::format("{} does not fit into 64 bits", brief(value)),
            yaml_float(value.as_float()));
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    const PathLink item{path, {}, i, true};
    check_any(type, value.items()[i], &item, depth + 1);
  }
  std::unordered_set<std::string_view> seen;
  for (const auto& entry : value.entries()) {
    const PathLink item{path, entry.key, 0, false};
    if (!check_text(type, entry.key, entry.key_mark, path)) continue;
    if (!seen.insert(entry.key).second)
      problem(ConfigCode::DuplicateKey, type, entry.key_mark, &item,
              quote(entry.key) + " is given twice");
    check_any(type, entry.value, &item, depth + 1);
  }
  return depth == 0 ? value : ConfigValue();
}

ConfigValue ConfigValidator::check_source(const ConfigType& type, const ConfigValue& value,
                                          const PathLink* path) {
  const auto reference = ConfigDecoder::reference_of(value);
  const bool is_env = reference && reference->kind == ConfigReference::Kind::Env;
  if (!reference || reference->name.empty() ||
      (is_env && reference->name.find('=') != std::string::npos))
    problem(ConfigCode::TypeMismatch, type, value.mark(), path,
            "a mapping stands here; expected {env: NAME} with the name of a variable, or "
            "{file: PATH}");
  return value;
}

ConfigValue ConfigValidator::check_scalar(const ConfigType& type, const ConfigValue& value,
                                          const PathLink* path) {
  switch (type.kind) {
    case ConfigKind::Int:
      return check_int(type, value, path);
    case ConfigKind::Enum:
      return check_enum(type, value, path);
    case ConfigKind::Bytes:
    case ConfigKind::Duration:
      return check_quantity(type, value, path);
    case ConfigKind::Bool:
      if (value.kind() != Kind::Bool)
        mismatch(type, value, path, "true or false", meant_bool(value));
      return value;
    case ConfigKind::Float:
      return check_float(type, value, path);
    default:
      break;
  }
  if (!value.is_string()) {
    const bool scalar = !value.is_list() && !value.is_map() && !value.is_null() && !type.secret;
    mismatch(type, value, path, type.kind == ConfigKind::Path ? "a path" : "a string",
             scalar ? quote(brief(value)) : "");
    return {};
  }
  if (!check_text(type, value.as_string(), value.mark(), path)) return {};
  check_choices(type, value, path);
  check_pattern(type, value, path);
  if (!type.secret) return value;
  ConfigValue secret = value;
  secret.set_secret(true);
  return secret;
}

ConfigValue ConfigValidator::check_float(const ConfigType& type, const ConfigValue& value,
                                         const PathLink* path) {
  // JSON writes the numbers that it has no word for as texts.
  const auto special = value.is_string() ? special_float(value.as_string()) : std::nullopt;
  if (!is_number(value) && !special) {
    mismatch(type, value, path, "a number", meant_number(type, value));
    return {};
  }
  ConfigValue number(special ? special->as_float() : value.as_float());
  number.set_mark(value.mark());
  number.set_spelling(value.spelling());
  // From here on a float is infinite: halfway from the largest to what would be the next.
  constexpr double kFloatEnd = 0x1.ffffffp127;
  if (type.width == sizeof(float) && std::abs(number.as_float()) >= kFloatEnd &&
      std::isfinite(number.as_float()))
    problem(ConfigCode::OutOfRange, type, value.mark(), path,
            fmt::format("{} is too large for a number of 32 bits; expected at most 3.4028235e+38",
                        brief(number)));
  check_bounds(type, number, number, path);
  check_choices(type, number, path);
  return number;
}

ConfigValue ConfigValidator::check_int(const ConfigType& type, const ConfigValue& value,
                                       const PathLink* path) {
  if (value.kind() == Kind::Float && looks_like_integer(value.spelling())) {
    problem(ConfigCode::OutOfRange, type, value.mark(), path,
            fmt::format("{} does not fit into 64 bits", brief(value)));
  } else if (value.kind() == Kind::Float && value.as_float() == std::floor(value.as_float()) &&
             std::abs(value.as_float()) < 1e15) {
    mismatch(type, value, path, "an integer", fmt::format("{:.0f}", value.as_float()));
  } else if (value.kind() != Kind::Int) {
    mismatch(type, value, path, "an integer", value.is_string() ? meant_number(type, value) : "");
  } else if (!type.max && !value.integer<std::int64_t>()) {
    problem(ConfigCode::OutOfRange, type, value.mark(), path,
            fmt::format("{} does not fit into 64 bits", brief(value)));
  } else {
    check_bounds(type, value, value, path);
    check_choices(type, value, path);
  }
  return value;
}

ConfigValue ConfigValidator::check_enum(const ConfigType& type, const ConfigValue& value,
                                        const PathLink* path) {
  if (type.data && value.kind() == Kind::Int) return check_int(*type.scalar, value, path);
  const bool scalar = !value.is_list() && !value.is_map();
  // `null` and `true` are good names; nobody should have to quote them.
  const std::string text = scalar ? name_of(type, value.spelling()) : "";
  if (scalar && enum_value(type, text)) {
    ConfigValue name(text);
    name.set_mark(value.mark());
    return name;
  }
  std::vector<std::string> names;
  for (const auto& known : type.names) names.push_back(known.name);
  if (!scalar || !value.is_string()) {
    mismatch(type, value, path, describe_type(type));
    return {};
  }
  problem(ConfigCode::EnumValue, type, value.mark(), path,
          fmt::format("{} is unknown; expected {}", shown(type, value), describe_type(type)),
          closest_name(text, names).value_or(""));
  return {};
}

ConfigValue ConfigValidator::check_quantity(const ConfigType& type, const ConfigValue& value,
                                            const PathLink* path) {
  if (type.kind == ConfigKind::Duration) return check_duration(type, value, path);
  const auto number = parse_config_bytes(value);
  if (!number) {
    mismatch(type, value, path, "a size such as 512MiB");
    return {};
  }
  check_bounds(type, value, ConfigValue(*number), path);
  ConfigValue normal = write_bytes(*number);
  normal.set_mark(value.mark());
  check_choices(type, normal, path);
  return normal;
}

ConfigValue ConfigValidator::check_duration(const ConfigType& type, const ConfigValue& value,
                                            const PathLink* path) {
  const auto duration = parse_config_duration(value);
  if (!duration) {
    mismatch(type, value, path, "a length of time such as 30s or 1.5h");
    return {};
  }
  // A floating type is written in nanoseconds, whatever its period is.
  const auto tick = type.ticks.whole ? type.ticks.nanoseconds : 1;
  const auto ticks = type.ticks.whole ? duration->in(tick) : std::round(duration->in(tick));
  if (ticks < static_cast<long double>(type.ticks.least) ||
      ticks > static_cast<long double>(type.ticks.greatest)) {
    problem(ConfigCode::OutOfRange, type, value.mark(), path,
            fmt::format("{} is out of range; expected {} to {}, which its C++ type can hold",
                        shown(type, value), spell_duration(type.ticks.least, tick),
                        spell_duration(type.ticks.greatest, tick)));
    return {};
  }
  const auto whole = whole_number(ticks);
  if (!whole) {
    problem(ConfigCode::OutOfRange, type, value.mark(), path,
            fmt::format("{} is not a multiple of {}, in which this field is counted",
                        shown(type, value), spell_duration(1, tick)));
    return {};
  }
  check_bounds(type, value, ConfigValue(double(duration->in(1000))), path);
  ConfigValue normal = write_duration(*whole, tick);
  normal.set_mark(value.mark());
  check_choices(type, normal, path);
  return normal;
}

void ConfigValidator::check_bounds(const ConfigType& type, const ConfigValue& value,
                                   const ConfigValue& number, const PathLink* path) {
  const bool is_nan = number.kind() == Kind::Float && std::isnan(number.as_float());
  const bool bad = (type.min && (is_nan || is_less(number, *type.min))) ||
                   (type.max && (is_nan || is_less(*type.max, number)));
  if (!bad) return;
  const std::string limit =
      type.min && type.max
          ? fmt::format("{} to {}", spell_bound(type, *type.min), spell_bound(type, *type.max))
      : type.min ? "at least " + spell_bound(type, *type.min)
                 : "at most " + spell_bound(type, *type.max);
  problem(ConfigCode::OutOfRange, type, value.mark(), path,
          fmt::format("{} is out of range; expected {}", shown(type, value), limit));
}

void ConfigValidator::check_choices(const ConfigType& type, const ConfigValue& value,
                                    const PathLink* path) {
  if (type.choices.empty()) return;
  for (const auto& choice : type.choices)
    if (choice == value) return;
  const auto spelled = spell_all(type.choices);
  const std::string text = value.is_string() ? value.as_string() : brief(value);
  problem(ConfigCode::EnumValue, type, value.mark(), path,
          fmt::format("{} is not available; expected {}", shown(type, value), describe_type(type)),
          type.secret ? "" : closest_name(text, spelled).value_or(""));
}

void ConfigValidator::check_pattern(const ConfigType& type, const ConfigValue& value,
                                    const PathLink* path) {
  if (type.pattern.empty()) return;
  if (patterns_.matches(type.pattern, value.as_string()).value_or(false)) return;
  problem(ConfigCode::Pattern, type, value.mark(), path,
          fmt::format("{} does not match {}", shown(type, value), type.pattern));
}

}  // namespace penstock::detail

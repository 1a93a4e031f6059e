#include "penstock/model/config_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/model/config_codec.h"
#include "penstock/model/config_internal.h"

namespace penstock {

ConfigType::ConfigType() = default;
ConfigType::ConfigType(const ConfigType& other) = default;
ConfigType::ConfigType(ConfigType&& other) noexcept = default;
ConfigType& ConfigType::operator=(const ConfigType& other) = default;
ConfigType& ConfigType::operator=(ConfigType&& other) noexcept = default;
ConfigType::~ConfigType() = default;
namespace {

using detail::spell_bound;

// The limits of 32-bit fields say nothing to people.
bool says_something(const std::optional<ConfigValue>& bound) {
  if (!bound) return false;
  const double value = bound->as_float();
  return value > -2147483648.0 && value < 2147483647.0 * 2 + 1 && value != 2147483647.0;
}

std::string with_bounds(const ConfigType& type, std::string name) {
  const bool low = says_something(type.min), high = says_something(type.max);
  if (!type.unit.empty()) name += " in " + type.unit;
  if (low && high)
    return fmt::format("{} from {} to {}", name, spell_bound(type, *type.min),
                       spell_bound(type, *type.max));
  if (low) return fmt::format("{} of at least {}", name, spell_bound(type, *type.min));
  if (high) return fmt::format("{} of at most {}", name, spell_bound(type, *type.max));
  return name;
}

std::string describe_literal(const ConfigType& type) {
  if (!type.choices.empty())
    return "one of " + detail::list_values(detail::spell_all(type.choices));
  switch (type.kind) {
    case ConfigKind::Any:
      return "anything";
    case ConfigKind::Bool:
      return "true or false";
    case ConfigKind::Int:
      return with_bounds(type, "integer");
    case ConfigKind::Float:
      return with_bounds(type, "number");
    case ConfigKind::String:
      return type.pattern.empty() ? "string" : "string that matches " + type.pattern;
    case ConfigKind::Path:
      return "path";
    case ConfigKind::Enum: {
      std::vector<std::string> names;
      for (const auto& known : type.names) names.push_back(known.name);
      return "one of " + detail::list_values(names);
    }
    case ConfigKind::Bytes:
      return with_bounds(type, "size such as 512MiB");
    case ConfigKind::Duration:
      return with_bounds(type, "length of time such as 30s or 1.5h");
    case ConfigKind::Array:
      return "list of " + describe_type(*type.element);
    case ConfigKind::Map:
      return "mapping of names to " + describe_type(*type.element);
    case ConfigKind::Shape:
      return "mapping with the fields " + detail::list_values(detail::field_names(type));
    case ConfigKind::Selector: {
      const auto names = "exactly one of " + detail::list_values(detail::field_names(type));
      if (type.scalar) return describe_type(*type.scalar) + ", or " + names;
      return type.name.empty() ? names : type.name + " from " + names;
    }
    case ConfigKind::Noneable:
      return describe_type(*type.element) + " or null";
    case ConfigKind::ScalarUnion:
      return describe_type(*type.scalar) + " or " + describe_type(*type.element);
  }
  return "value";
}

void find_mistakes(const ConfigType& type, const std::string& path,
                   std::vector<std::string>& mistakes);

void find_field_mistakes(const ConfigType& type, const ConfigField& field, const std::string& path,
                         std::vector<std::string>& mistakes) {
  const auto say = [&](std::string what) { mistakes.push_back(path + ": " + std::move(what)); };
  if (field.name.empty()) {
    say(type.kind == ConfigKind::Selector
            ? "an alternative has no name; declare kConfigName or use .alternatives()"
            : "a field has no name");
  }
  find_mistakes(*field.type, path, mistakes);
  const bool no_secret =
      field.type->secret && field.default_value && field.default_value->is_null();
  if (!field.default_value || no_secret) return;
  const ConfigPolicy policy{.allow_literal_secrets = true};
  for (const auto& problem : validate_config(*field.type, *field.default_value, policy).problems)
    say("its default is refused: " + problem.message);
}

bool is_text(const ConfigValue& value) {
  return is_utf8(value.is_string() ? value.as_string() : "") &&
         std::ranges::all_of(value.items(), is_text) &&
         std::ranges::all_of(value.entries(), [](const ConfigEntry& entry) {
           return is_utf8(entry.key) && is_text(entry.value);
         });
}

// All texts of a type are shown, and documents are UTF-8.
void find_bad_text(const ConfigType& type, const std::string& path,
                   std::vector<std::string>& mistakes) {
  const auto check = [&](bool good, std::string_view what) {
    if (!good) mistakes.push_back(fmt::format("{}: {} is not UTF-8", path, what));
  };
  const auto all = [](const auto& texts) { return std::ranges::all_of(texts, is_utf8); };
  check(is_utf8(type.name) && is_utf8(type.description), "its name or description");
  check(is_utf8(type.unit), "its unit");
  check(is_utf8(type.pattern), "its pattern");
  check(std::ranges::all_of(type.choices, is_text), "one of its choices");
  for (const auto& known : type.names) check(is_utf8(known.name), "the name of a value");
  for (const auto& field : type.fields) {
    check(is_utf8(field.name) && all(field.aliases), "the name or an alias of a field");
    check(is_utf8(field.description) && is_utf8(field.deprecated.value_or("")),
          "what is said about a field");
    check(std::ranges::all_of(field.examples, is_text), "the example of a field");
  }
}

void find_name_mistakes(const ConfigType& type, const std::string& path,
                        std::vector<std::string>& mistakes) {
  std::set<std::string> names;
  for (const auto& field : type.fields)
    if (!names.insert(field.name).second)
      mistakes.push_back(
          fmt::format("{}: the field {} is declared twice", path, quote(field.name)));
  for (const auto& field : type.fields)
    for (const auto& alias : field.aliases)
      if (!names.insert(alias).second)
        mistakes.push_back(
            fmt::format("{}: the alias {} is another field's name", path, quote(alias)));
}

void find_mistakes(const ConfigType& type, const std::string& path,
                   std::vector<std::string>& mistakes) {
  const auto say = [&](std::string what) { mistakes.push_back(path + ": " + std::move(what)); };
  if (type.kind == ConfigKind::Enum && type.names.empty())
    say("an enum has no names; declare config_names() or use .names()");
  if (type.min && type.max && is_less(*type.max, *type.min))
    say(fmt::format("the minimum {} is above the maximum {}", spell_bound(type, *type.min),
                    spell_bound(type, *type.max)));
  find_bad_text(type, path, mistakes);
  detail::PatternMatcher matcher;
  if (!type.pattern.empty() && !matcher.matches(type.pattern, ""))
    say(fmt::format("{} is no regular expression", quote(type.pattern)));
  find_name_mistakes(type, path, mistakes);
  for (const auto& field : type.fields)
    find_field_mistakes(type, field, detail::path_key(path, field.name), mistakes);
  if (type.element) find_mistakes(*type.element, path, mistakes);
  if (type.scalar) find_mistakes(*type.scalar, path, mistakes);
}

}  // namespace

namespace detail {

std::string spell_bound(const ConfigType& type, const ConfigValue& bound) {
  if (type.kind == ConfigKind::Duration) return spell_duration(bound.as_int(), 1'000);
  if (type.kind != ConfigKind::Bytes) return brief(bound);
  const ConfigValue size = write_bytes(bound.as_int());
  return size.is_string() ? size.as_string() : brief(size);
}

}  // namespace detail

const ConfigField* ConfigType::find_field(std::string_view field) const {
  const auto found = std::ranges::find(fields, field, &ConfigField::name);
  return found == fields.end() ? nullptr : &*found;
}

bool is_optional(const ConfigType& type) {
  if (type.kind == ConfigKind::Noneable) return true;
  return type.kind == ConfigKind::Shape &&
         std::ranges::none_of(type.fields, [](const auto& field) { return field.required; });
}

ConfigTypePtr make_shape(std::string name, std::vector<ConfigField> fields) {
  auto type = std::make_shared<ConfigType>();
  type->kind = ConfigKind::Shape;
  type->name = std::move(name);
  type->fields = std::move(fields);
  for (auto& field : type->fields)
    if (!field.default_value && !is_optional(*field.type)) field.required = true;
  return type;
}

std::string describe_type(const ConfigType& type) {
  if (type.secret) return "secret given as {env: NAME} or {file: PATH}";
  std::string text = describe_literal(type);
  return type.source ? text + " or {env: NAME}" : text;
}

std::vector<std::string> mistakes_in(const ConfigType& type) {
  std::vector<std::string> mistakes;
  find_mistakes(type, type.name, mistakes);
  return mistakes;
}

}  // namespace penstock

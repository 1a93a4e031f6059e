// Currying: a type of which some fields are given by the definitions, and not by documents.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/model/config_internal.h"

namespace penstock {
namespace {

class Fixer {
 public:
  std::vector<ConfigProblem> problems;

  ConfigTypePtr fix_shape(const ConfigTypePtr& type, const ConfigValue& fixed,
                          const std::string& path) {
    if (!fixed.is_map()) {
      problem(ConfigCode::TypeMismatch, path, fixed,
              fmt::format("the value is no mapping of the fields to fix, but {}",
                          to_string(fixed.kind())));
      return type;
    }
    auto narrowed = std::make_shared<ConfigType>(*type);
    for (const auto& entry : fixed.entries()) {
      const auto below = detail::path_key(path, entry.key);
      const auto names = detail::field_names(*type);
      const auto field = std::ranges::find_if(narrowed->fields, [&](const ConfigField& known) {
        return known.name == entry.key || std::ranges::find(known.aliases, entry.key) !=
                                              known.aliases.end();
      });
      if (field == narrowed->fields.end())
        problem(ConfigCode::UnknownField, below, entry.value,
                fmt::format("unknown field {}; expected {}", quote(entry.key),
                            names.empty() ? "none" : detail::list_values(names)),
                closest_name(entry.key, names).value_or(""));
      else
        fix_field(*field, entry.value, below);
    }
    return narrowed;
  }

 private:
  void fix_field(ConfigField& field, const ConfigValue& value, const std::string& path) {
    if (field.fixed)
      return problem(ConfigCode::UnknownField, path, value,
                     fmt::format("the field {} is fixed already, at {}", quote(field.name),
                                 brief(*field.default_value)));
    if (field.type->kind == ConfigKind::Shape && value.is_map()) {
      const bool was_optional = is_optional(*field.type);
      field.type = fix_shape(field.type, value, path);
      if (!was_optional && is_optional(*field.type)) field.required = false;
      return;
    }
    auto outcome = validate_config(*field.type, value);
    for (auto& found : outcome.problems) {
      found.path = found.path.empty() || found.path[0] == '[' ? path + found.path
                                                              : path + "." + found.path;
      problems.push_back(std::move(found));
    }
    field.fixed = true;
    field.required = false;
    field.default_value = std::move(outcome.value);
  }

  void problem(ConfigCode code, const std::string& path, const ConfigValue& value,
               std::string message, std::string suggestion = {}) {
    problems.push_back({code, path, value.mark(), std::move(message), "", std::move(suggestion)});
  }
};

}  // namespace

FixedConfig fix_config(const ConfigTypePtr& type, const ConfigValue& fixed) {
  Fixer fixer;
  auto narrowed = fixer.fix_shape(type, fixed, "");
  return {std::move(narrowed), std::move(fixer.problems)};
}

ConfigValue without_fixed_fields(const ConfigType& type, const ConfigValue& document) {
  if (type.kind != ConfigKind::Shape || !document.is_map()) return document;
  ConfigValue out = document;
  std::erase_if(out.entries(), [&](const ConfigEntry& entry) {
    const auto* field = type.find_field(entry.key);
    return field != nullptr && field->fixed;
  });
  for (auto& entry : out.entries())
    if (const auto* field = type.find_field(entry.key))
      entry.value = without_fixed_fields(*field->type, entry.value);
  return out;
}

namespace detail {

bool says_nothing(const ConfigField& field) {
  if (field.fixed) return true;
  const ConfigType& type = *field.type;
  return type.kind == ConfigKind::Shape && !type.fields.empty() && !type.permissive &&
         std::ranges::all_of(type.fields, says_nothing);
}

}  // namespace detail
}  // namespace penstock

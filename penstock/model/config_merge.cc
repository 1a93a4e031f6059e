// Combining documents: merging by key, and `--set`.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "penstock/base/text.h"
#include "penstock/model/config_internal.h"

namespace penstock {
namespace {

// The field of a shape that a key means, by its own name; the key itself where there is none.
std::string field_meant(const ConfigType* type, const std::string& key) {
  if (type == nullptr || type->kind != ConfigKind::Shape || type->find_field(key)) return key;
  for (const auto& field : type->fields)
    if (std::ranges::find(field.aliases, key) != field.aliases.end()) return field.name;
  return key;
}

const ConfigType* type_below(const ConfigType* type, const std::string& key) {
  if (type == nullptr) return nullptr;
  if (type->kind == ConfigKind::Noneable || type->kind == ConfigKind::ScalarUnion)
    return type_below(type->element.get(), key);
  if (type->kind == ConfigKind::Map) return type->element.get();
  const ConfigField* field = type->find_field(field_meant(type, key));
  return field == nullptr ? nullptr : field->type.get();
}

bool chooses_another(const ConfigType* type, const ConfigValue& base, const ConfigValue& over) {
  if (type == nullptr) return false;
  if (type->kind == ConfigKind::Noneable) return chooses_another(type->element.get(), base, over);
  if (type->kind == ConfigKind::Selector && type->scalar)
    return detail::chosen_alternative(*type, base) != detail::chosen_alternative(*type, over);
  return type->kind == ConfigKind::Selector && base.entries().size() == 1 &&
         over.entries().size() == 1 && base.entries()[0].key != over.entries()[0].key;
}

void mark_as_set(ConfigValue& value, const ConfigMark& mark) {
  value.set_mark(mark);
  for (auto& item : value.items()) mark_as_set(item, mark);
  for (auto& entry : value.entries()) {
    entry.key_mark = mark;
    mark_as_set(entry.value, mark);
  }
}

// The value one step down, made where it is missing; null with a sentence where it cannot be.
ConfigValue* step_into(ConfigValue& value, const detail::PathStep& step, const ConfigMark& mark,
                       std::string& why) {
  if (const auto* key = std::get_if<std::string>(&step)) {
    if (!value.is_map() && !value.is_null()) {
      why = fmt::format("a {} stands there; expected a mapping", to_string(value.kind()));
      return nullptr;
    }
    ConfigValue* found = value.find(*key);
    if (found != nullptr) return found;
    value.set(*key, ConfigValue());
    value.entries().back().key_mark = mark;
    return &value.entries().back().value;
  }
  const auto index = std::get<std::size_t>(step);
  if (value.is_null()) value = ConfigValue::list();
  if (!value.is_list() || index > value.items().size()) {
    why = value.is_list()
              ? fmt::format("the list has {} items; expected an index up to {}",
                            value.items().size(), value.items().size())
              : fmt::format("a {} stands there; expected a list", to_string(value.kind()));
    return nullptr;
  }
  if (index == value.items().size()) value.items().emplace_back();
  return &value.items()[index];
}

// The `=` that ends the path, beyond any ["key"].
std::size_t find_assignment(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted)
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (text[i] == '=' && !quoted)
      return i;
  }
  return text.npos;
}

}  // namespace

ConfigValue merge_config(ConfigValue base, const ConfigValue& over, const ConfigType* type) {
  const bool is_shape = type != nullptr && type->kind == ConfigKind::Shape;
  if (base.is_map() && over.is_null() && is_shape) return base;  // it says nothing
  if (!base.is_map() || !over.is_map() || chooses_another(type, base, over)) return over;
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < base.entries().size(); ++i)
    places.emplace(field_meant(type, base.entries()[i].key), i);
  for (const auto& entry : over.entries()) {
    const auto place = places.find(field_meant(type, entry.key));
    if (place == places.end()) {
      base.entries().push_back(entry);
      continue;
    }
    ConfigEntry& target = base.entries()[place->second];
    target.value = merge_config(std::move(target.value), entry.value, type_below(type, entry.key));
    target.key = entry.key;
    target.key_mark = entry.key_mark;
    places.erase(place);  // the same field under another name is a problem of `over`
  }
  base.set_mark(over.mark());
  return base;
}

std::vector<ConfigProblem> apply_set(ConfigValue& document, std::string_view assignment) {
  const ConfigMark mark{std::make_shared<const std::string>("--set")};
  const auto equals = find_assignment(assignment);
  const std::string path(trim(assignment.substr(0, equals)));
  const auto fail = [&](std::string message) {
    return std::vector{ConfigProblem{ConfigCode::Syntax, path, mark, std::move(message)}};
  };
  if (equals == assignment.npos || trim(assignment.substr(equals + 1)).empty())
    return fail(equals == assignment.npos
                    ? "a value is missing; expected path=value, such as ops.load.config.n=3"
                    : "a value is missing; an empty text is written " + path + "='\"\"'");
  const auto steps = detail::parse_path(path);
  if (!steps || steps->empty())
    return fail("this is no path; expected such as ops.load.config.years[2]");
  if (steps->size() > ConfigLimits().depth)
    return fail(fmt::format("the path has {} parts; expected at most {}", steps->size(),
                            ConfigLimits().depth));
  for (const auto& step : *steps)
    if (const auto* key = std::get_if<std::string>(&step);
        key != nullptr && key->size() > detail::kLongestConfigKey)
      return fail(fmt::format("a key has {} bytes; expected at most {}", key->size(),
                              detail::kLongestConfigKey));
  auto parsed = parse_config(assignment.substr(equals + 1), "--set", ConfigSyntax::YamlText);
  for (auto& problem : parsed.problems) {
    problem.mark = mark;
    problem.path = path;
  }
  if (!parsed.ok()) return parsed.problems;
  mark_as_set(parsed.value, mark);

  ConfigValue changed = document;
  ConfigValue* at = &changed;
  for (const auto& step : *steps) {
    std::string why;
    at = step_into(*at, step, mark, why);
    if (at == nullptr) return fail(std::move(why));
    if (at->is_null()) at->set_mark(mark);
  }
  *at = std::move(parsed.value);
  document = std::move(changed);
  return {};
}

}  // namespace penstock

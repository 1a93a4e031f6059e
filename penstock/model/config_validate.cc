// Lists, maps, shapes and selectors; defaults, aliases and the structs' own rules.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "penstock/base/text.h"
#include "penstock/model/config_schema.h"
#include "penstock/model/config_validator.h"

namespace penstock {
namespace detail {

std::string PathLink::text() const {
  const std::string above = up != nullptr ? up->text() : "";
  if (is_index) return path_index(above, index);
  return path_key(above, key);
}

namespace {

std::string text_of(const PathLink* path) { return path != nullptr ? path->text() : ""; }

PathLink below(const PathLink* path, std::string_view key) { return {path, key, 0, false}; }

// Field names to indices, aliases included; cheap for the few fields that most shapes have.
class FieldIndex {
 public:
  explicit FieldIndex(const ConfigType& type) : type_(type) {
    if (type.fields.size() <= kFew) return;
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      by_name_.emplace(type.fields[i].name, i);
      for (const auto& alias : type.fields[i].aliases) by_name_.emplace(alias, i);
    }
  }
  std::optional<std::size_t> find(std::string_view name) const {
    if (!by_name_.empty()) {
      const auto found = by_name_.find(name);
      return found == by_name_.end() ? std::nullopt : std::optional(found->second);
    }
    for (std::size_t i = 0; i < type_.fields.size(); ++i) {
      const ConfigField& field = type_.fields[i];
      if (field.name == name || std::ranges::find(field.aliases, name) != field.aliases.end())
        return i;
    }
    return {};
  }

 private:
  static constexpr std::size_t kFew = 12;
  const ConfigType& type_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
};

// What a key stands for whose whole content is commented out.
ConfigValue empty_map(const ConfigValue& null) {
  ConfigValue map = ConfigValue::map();
  map.set_mark(null.mark());
  return map;
}

// The type of what a permissive shape lets pass.
ConfigType any_like(const ConfigType& shape) {
  ConfigType any;
  any.data = shape.data;
  return any;
}

// A map of one key that is nearly the name of an alternative was meant to choose it, where what may
// stand there instead is no map.
bool looks_chosen(const ConfigType& type, const ConfigValue& value) {
  const auto kind = type.scalar->kind;
  return value.is_map() && kind != ConfigKind::Map && kind != ConfigKind::Shape &&
         kind != ConfigKind::Noneable;
}

}  // namespace

const ConfigField* chosen_alternative(const ConfigType& selector, const ConfigValue& value) {
  if (!value.is_map() || value.entries().size() != 1) return nullptr;
  return selector.find_field(value.entries().front().key);
}

ConfigOutcome ConfigValidator::take(ConfigValue value) && {
  sort_problems(problems_);
  return {std::move(value), std::move(problems_), std::move(warnings_)};
}

void ConfigValidator::problem(ConfigCode code, const ConfigType& type, const ConfigMark& mark,
                              const PathLink* path, std::string message, std::string suggestion) {
  problems_.push_back(
      {code, text_of(path), mark, std::move(message), describe_type(type), std::move(suggestion)});
}

void ConfigValidator::check_count(const ConfigType& type, const ConfigValue& value,
                                  std::size_t count, const PathLink* path) {
  const auto items = [](std::size_t n) { return fmt::format("{} item{}", n, n == 1 ? "" : "s"); };
  if (type.min_items && count < *type.min_items)
    problem(ConfigCode::OutOfRange, type, value.mark(), path,
            fmt::format("found {}; expected at least {}", items(count), *type.min_items));
  if (type.max_items && count > *type.max_items)
    problem(ConfigCode::OutOfRange, type, value.mark(), path,
            fmt::format("found {}; expected at most {}", items(count), *type.max_items));
}

ConfigValue ConfigValidator::check_array(const ConfigType& type, const ConfigValue& value,
                                         const PathLink* path) {
  if (!value.is_list()) {
    const bool scalar = !value.is_map() && !value.is_null() && !type.element->secret;
    mismatch(type, value, path, "a list", scalar ? "[" + brief(value) + "]" : "");
    return {};
  }
  ConfigValue out = ConfigValue::list();
  out.set_mark(value.mark());
  out.items().reserve(value.items().size());
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    const PathLink item{path, {}, i, true};
    out.items().push_back(check(*type.element, value.items()[i], &item));
  }
  check_count(type, value, value.items().size(), path);
  return out;
}

ConfigValue ConfigValidator::check_map(const ConfigType& type, const ConfigValue& value,
                                       const PathLink* path) {
  if (value.is_null()) return check_map(type, empty_map(value), path);
  if (!value.is_map()) {
    mismatch(type, value, path, "a mapping");
    return {};
  }
  ConfigValue out = ConfigValue::map();
  out.set_mark(value.mark());
  out.entries().reserve(value.entries().size());
  std::unordered_set<std::string_view> seen;
  for (const auto& entry : value.entries()) {
    const PathLink item = below(path, entry.key);
    if (!check_text(type, entry.key, entry.key_mark, path)) continue;
    if (type.data && !seen.insert(entry.key).second)
      problem(ConfigCode::DuplicateKey, type, entry.key_mark, &item,
              quote(entry.key) + " is given twice");
    out.entries().push_back({entry.key, check(*type.element, entry.value, &item), entry.key_mark});
  }
  check_count(type, value, value.entries().size(), path);
  return out;
}

void ConfigValidator::unknown_field(const ConfigType& type, const ConfigEntry& entry,
                                    const PathLink* path) {
  std::vector<std::string> names;
  for (const auto& field : type.fields)
    if (!field.fixed) names.push_back(field.name);
  const auto closest = closest_name(entry.key, names);
  const PathLink link = below(path, entry.key);
  const auto what = type.kind == ConfigKind::Selector ? "alternative" : "field";
  std::string message =
      names.empty()
          ? fmt::format("unknown {} {}; expected none", what, quote(entry.key))
          : fmt::format("unknown {} {}; expected {}", what, quote(entry.key), list_values(names));
  problem(ConfigCode::UnknownField, type, entry.key_mark, &link, std::move(message),
          closest.value_or(""));
}

void ConfigValidator::match_alias(const ConfigType& type, const ConfigEntry& entry,
                                  std::size_t field, std::vector<const ConfigEntry*>& given,
                                  const PathLink* path) {
  if (given[field] == nullptr) {
    given[field] = &entry;
    return;
  }
  const PathLink link = below(path, entry.key);
  problem(ConfigCode::AliasCollision, *type.fields[field].type, entry.key_mark, &link,
          fmt::format("{} and {} are the same field; give only {}", quote(given[field]->key),
                      quote(entry.key), quote(type.fields[field].name)));
}

std::vector<const ConfigEntry*> ConfigValidator::match_fields(const ConfigType& type,
                                                              const ConfigValue& value,
                                                              const PathLink* path,
                                                              ConfigValue& extras) {
  const FieldIndex index(type);
  std::vector<const ConfigEntry*> given(type.fields.size());
  for (const auto& entry : value.entries()) {
    if (const auto field = index.find(entry.key))
      match_alias(type, entry, *field, given, path);
    else if (type.permissive)
      extras.entries().push_back(entry);
    else
      unknown_field(type, entry, path);
  }
  return given;
}

ConfigValue ConfigValidator::check_field(const ConfigField& field, const ConfigEntry* given,
                                         const ConfigValue& shape, const PathLink* path) {
  const PathLink link = below(path, given != nullptr ? given->key : field.name);
  if (given != nullptr && field.fixed) {
    if (!policy_.fixed_wins)
      problem(ConfigCode::UnknownField, *field.type, given->key_mark, &link,
              fmt::format("the field {} is fixed by the definitions, at {}; leave it out",
                          quote(field.name), brief(*field.default_value)));
    return *field.default_value;
  }
  if (given != nullptr) {
    if (field.deprecated) {
      const ConfigProblem warning{.path = link.text(),
                                  .mark = given->key_mark,
                                  .message = "deprecated; " + *field.deprecated};
      warnings_.push_back(to_string(warning));
    }
    // What was resolved before may hold an unset secret.
    const bool unset =
        given->value.is_null() && field.default_value && field.default_value->is_null();
    return unset ? ConfigValue() : check(*field.type, given->value, &link);
  }
  // Of a mapping that must be there, the fields that must be there are named.
  const bool descends = field.type->kind == ConfigKind::Shape && !is_optional(*field.type);
  if (field.required && !descends) {
    problem(ConfigCode::MissingField, *field.type, shape.mark(), &link,
            fmt::format("the field {} is missing; expected {}", quote(field.name),
                        describe_type(*field.type)));
    return {};
  }
  if (field.default_value) return *field.default_value;
  if (field.type->kind != ConfigKind::Shape) return {};
  ConfigValue empty = ConfigValue::map();
  empty.set_mark(shape.mark());
  return check(*field.type, empty, &link);
}

ConfigValue ConfigValidator::check_shape(const ConfigType& type, const ConfigValue& value,
                                         const PathLink* path) {
  if (value.is_null()) return check_shape(type, empty_map(value), path);
  if (!value.is_map()) {
    mismatch(type, value, path, "a mapping");
    return {};
  }
  ConfigValue out = ConfigValue::map(), extras = ConfigValue::map();
  out.set_mark(value.mark());
  const auto given = match_fields(type, value, path, extras);
  std::vector<std::string> invalid;
  out.entries().reserve(type.fields.size() + extras.entries().size());
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const ConfigField& field = type.fields[i];
    const bool unsaid = given[i] == nullptr && !field.required && !field.default_value;
    // The member's initialiser stays.
    if (unsaid && type.data) continue;
    if (unsaid && type.binding == nullptr && field.type->kind == ConfigKind::Noneable) continue;
    const std::size_t before = problems_.size();
    ConfigValue resolved = check_field(field, given[i], value, path);
    if (problems_.size() != before) {
      invalid.push_back(field.name);
      if (!field.default_value) continue;
      resolved = *field.default_value;
    }
    out.entries().push_back(
        {field.name, std::move(resolved), given[i] != nullptr ? given[i]->key_mark : ConfigMark{}});
  }
  for (auto& extra : extras.entries()) {
    const PathLink link = below(path, extra.key);
    const ConfigType anything = any_like(type);
    if (!check_text(type, extra.key, extra.key_mark, path)) continue;
    check_any(anything, extra.value, &link, 0);
    out.entries().push_back(std::move(extra));
  }
  const bool has_rules = type.binding != nullptr && type.binding->has_rules() && !type.data;
  if (has_rules) run_rules(type, out, invalid, path);
  return out;
}

void ConfigValidator::run_rules(const ConfigType& type, ConfigValue& value,
                                std::vector<std::string>& invalid, const PathLink* path) {
  const auto failed = [&](const Error& error) {
    problem(ConfigCode::PostProcessing, type, value.mark(), path, with_causes(error));
  };
  const auto object = type.binding->make();
  if (!object.ok()) return failed(object.error());
  ConfigDecoder decoder(nullptr);
  if (const auto status = type.binding->decode(value, type, decoder, object->get()); !status.ok())
    return failed(status.error());
  ConfigCheck rules(text_of(path), value, invalid);
  if (const auto status = type.binding->check(object->get(), rules); !status.ok())
    failed(status.error());
  for (ConfigProblem problem : rules.problems()) {
    const ConfigField* field = type.find_field(problem.path.substr(problem.path.rfind('.') + 1));
    problem.expected = describe_type(field != nullptr ? *field->type : type);
    problems_.push_back(std::move(problem));
  }
  auto normal = type.binding->encode(object->get(), type);
  if (!normal.ok()) return failed(normal.error());
  for (auto& entry : normal->entries()) {
    ConfigValue* old = value.find(entry.key);
    if (old == nullptr || *old == entry.value) continue;
    entry.value.set_mark(old->mark());
    *old = std::move(entry.value);
  }
}

ConfigValue ConfigValidator::check_selector(const ConfigType& type, const ConfigValue& value,
                                            const PathLink* path) {
  if (type.scalar && chosen_alternative(type, value) == nullptr && !looks_chosen(type, value))
    return check(*type.scalar, value, path);
  if (!value.is_map()) {
    const bool named = value.is_string() && type.find_field(value.as_string()) != nullptr;
    mismatch(type, value, path, "a mapping", named ? "{" + value.as_string() + ": {}}" : "");
    return {};
  }
  const auto names = list_values(field_names(type));
  if (value.entries().size() != 1) {
    problem(ConfigCode::SelectorCount, type, value.mark(), path,
            fmt::format("found {} alternatives; expected exactly one of {}", value.entries().size(),
                        names));
    return {};
  }
  const ConfigEntry& entry = value.entries().front();
  const ConfigField* field = type.find_field(entry.key);
  if (field == nullptr) {
    unknown_field(type, entry, path);
    return {};
  }
  const PathLink link = below(path, entry.key);
  ConfigValue out =
      ConfigValue::map({{entry.key, check(*field->type, entry.value, &link), entry.key_mark}});
  out.set_mark(value.mark());
  return out;
}

}  // namespace detail

ConfigOutcome validate_config(const ConfigType& type, const ConfigValue& document,
                              const ConfigPolicy& policy) {
  detail::ConfigValidator validator(policy);
  ConfigValue value = validator.check(type, document, nullptr);
  return std::move(validator).take(std::move(value));
}

ConfigOutcome validate_text(const ConfigType& type, std::string_view text, std::string shown_name,
                            const ConfigPolicy& policy) {
  ParsedConfig parsed = parse_config(text, std::move(shown_name));
  const bool broken = std::ranges::any_of(parsed.problems, [](const ConfigProblem& problem) {
    return problem.code == ConfigCode::Syntax;
  });
  if (broken) return {std::move(parsed.value), std::move(parsed.problems), {}};
  ConfigOutcome outcome = validate_config(type, parsed.value, policy);
  outcome.problems.insert(outcome.problems.begin(), parsed.problems.begin(), parsed.problems.end());
  sort_problems(outcome.problems);
  return outcome;
}

ConfigValue without_unknown_keys(const ConfigType& type, const ConfigValue& document) {
  const ConfigType* element = type.element.get();
  ConfigValue out = document;
  for (auto& item : out.items())
    if (element != nullptr) item = without_unknown_keys(*element, item);
  if (element != nullptr && type.kind != ConfigKind::Map && document.is_map())
    return without_unknown_keys(*element, document);
  for (auto& entry : out.entries())
    if (element != nullptr) entry.value = without_unknown_keys(*element, entry.value);
  if (type.kind == ConfigKind::Selector && type.scalar &&
      detail::chosen_alternative(type, document) == nullptr)
    return without_unknown_keys(*type.scalar, document);
  if ((type.kind != ConfigKind::Shape && type.kind != ConfigKind::Selector) || !document.is_map())
    return out;
  const detail::FieldIndex index(type);
  std::erase_if(out.entries(), [&](const ConfigEntry& entry) {
    const auto field = index.find(entry.key);
    return field ? type.fields[*field].fixed : !type.permissive;
  });
  for (auto& entry : out.entries())
    if (const auto field = index.find(entry.key))
      entry.value = without_unknown_keys(*type.fields[*field].type, entry.value);
  return out;
}

}  // namespace penstock

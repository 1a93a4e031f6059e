#include "penstock/model/config_references.h"

#include <algorithm>

#include "penstock/base/masker.h"
#include "penstock/model/config_internal.h"
#include "penstock/model/config_schema.h"

namespace penstock {
namespace {

class ReferenceCheck {
 public:
  explicit ReferenceCheck(const ConfigEnvironment& environment)
      : decoder_(&environment, {}, &secrets_) {}

  /// What rules of structs say may quote a secret that was looked up.
  std::vector<ConfigProblem> take() const {
    const Masker masker(secrets_);
    auto problems = decoder_.problems();
    for (auto& problem : problems)
      for (auto* text : {&problem.message, &problem.expected, &problem.suggestion})
        masker.mask(*text);
    return problems;
  }

  void walk(const ConfigType& type, const ConfigValue& value) {
    if (type.source && value.is_map()) return look_up(type, value);
    switch (type.kind) {
      case ConfigKind::Array:
        for (std::size_t i = 0; i < value.items().size(); ++i)
          below(detail::path_index("", i), *type.element, value.items()[i]);
        return;
      case ConfigKind::Map:
        for (const auto& entry : value.entries()) below(entry.key, *type.element, entry.value);
        return;
      case ConfigKind::Shape:
        if (value.is_map() || value.is_null()) walk_fields(type, value);
        return;
      case ConfigKind::Selector:
        return walk_alternative(type, value);
      case ConfigKind::Noneable:
        if (!value.is_null()) walk(*type.element, value);
        return;
      case ConfigKind::ScalarUnion:
        return walk(value.is_map() || value.is_list() ? *type.element : *type.scalar, value);
      default:
        return;
    }
  }

  /// Structs of the program are decoded as they will be, which runs their rules.
  void decode(const ConfigType& type, const ConfigValue& value) {
    if (type.binding != nullptr) {
      const auto object = type.binding->make();
      const auto status = object.ok()
                              ? type.binding->decode(value, type, decoder_, object->get())
                              : Status(object.error());
      if (!status.ok()) decoder_.fail(value, type, status.error());
      return;
    }
    if (type.kind != ConfigKind::Shape) return;
    for (const auto& field : type.fields)
      if (const auto* given = value.find(field.name); given != nullptr && !given->is_null())
        decoder_.at(field.name, [&] { decode(*field.type, *given); });
  }

 private:
  void below(const std::string& step, const ConfigType& type, const ConfigValue& value) {
    decoder_.at(step, [&] { walk(type, value); });
  }

  /// A mapping that is no reference is a mistake that is told elsewhere.
  void look_up(const ConfigType& type, const ConfigValue& value) {
    const auto reference = ConfigDecoder::reference_of(value);
    if (!reference || reference->name.empty()) return;
    const bool is_env = reference->kind == ConfigReference::Kind::Env;
    if (is_env && reference->name.find('=') != std::string::npos) return;
    const auto found = decoder_.look_up(value, type);
    if (found && type.secret) decoder_.keep_secret(value, found->as_string());
  }

  void walk_fields(const ConfigType& type, const ConfigValue& value) {
    for (const auto& field : type.fields) {
      const auto* given = field.fixed ? nullptr : find_given(field, value);
      const auto* said = given != nullptr      ? given
                         : field.default_value ? &*field.default_value
                                               : nullptr;
      if (said != nullptr)
        below(field.name, *field.type, *said);
      else if (field.type->kind == ConfigKind::Shape)
        below(field.name, *field.type, ConfigValue::map());
    }
  }

  static const ConfigValue* find_given(const ConfigField& field, const ConfigValue& value) {
    for (const auto& entry : value.entries())
      if (entry.key == field.name ||
          std::ranges::find(field.aliases, entry.key) != field.aliases.end())
        return &entry.value;
    return nullptr;
  }

  void walk_alternative(const ConfigType& type, const ConfigValue& value) {
    if (const auto* chosen = detail::chosen_alternative(type, value))
      below(chosen->name, *chosen->type, value.entries().front().value);
    else if (type.scalar)
      walk(*type.scalar, value);
  }

  std::vector<std::string> secrets_;
  ConfigDecoder decoder_;
};

}  // namespace

std::vector<ConfigProblem> check_references(const ConfigType& type, const ConfigValue& document,
                                            const ConfigEnvironment& environment) {
  ReferenceCheck check(environment);
  check.walk(type, document);
  return check.take();
}

std::vector<ConfigProblem> check_resolved(const ConfigType& type, const ConfigValue& checked,
                                          const ConfigEnvironment& environment) {
  ReferenceCheck check(environment);
  check.decode(type, checked);
  return check.take();
}

}  // namespace penstock

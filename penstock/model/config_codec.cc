#include "penstock/model/config_codec.h"

#include <fmt/format.h>

#include <ostream>

#include "penstock/model/config_internal.h"
#include "penstock/model/config_schema.h"

namespace penstock {

std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "****"; }

void ConfigCodec<Secret>::decode(const ConfigValue& value, const ConfigType& type,
                                 ConfigDecoder& decoder, Secret& out) {
  if (auto reference = ConfigDecoder::reference_of(value)) {
    out = Secret::at(std::move(*reference));
    if (const auto found = decoder.look_up(value, type)) out.resolve(found->as_string());
  } else if (value.is_string()) {
    out = Secret(value.as_string());
  }
  if (out.resolved()) decoder.keep_secret(value, out.reveal());
}

ConfigValue ConfigCodec<Secret>::encode(const Secret& secret, const ConfigType&) {
  if (secret.reference()) return detail::write_reference(*secret.reference());
  if (!secret.resolved()) return {};
  ConfigValue value(secret.reveal());
  value.set_secret(true);
  return value;
}

namespace detail {

ConfigType simple_type(ConfigKind kind) {
  ConfigType type;
  type.kind = kind;
  return type;
}

ConfigType integer_type(std::optional<std::int64_t> min, std::optional<std::int64_t> max) {
  ConfigType type = simple_type(ConfigKind::Int);
  if (min) type.min = ConfigValue(*min);
  if (max) type.max = ConfigValue(*max);
  return type;
}

ConfigType container_type(ConfigKind kind, ConfigType element) {
  ConfigType type = simple_type(kind);
  type.element = std::make_shared<const ConfigType>(std::move(element));
  return type;
}

ConfigType source_type(ConfigType literal) {
  literal.source = true;
  return literal;
}

ConfigType secret_type() {
  ConfigType type = source_type(simple_type(ConfigKind::String));
  type.secret = true;
  return type;
}

ConfigValue write_reference(const ConfigReference& reference) {
  return ConfigValue::map({{std::string(kind_key(reference.kind)), ConfigValue(reference.name)}});
}

ConfigValue write_unsigned(std::uint64_t value) {
  PENSTOCK_CHECK(value <= std::uint64_t{INT64_MAX}, "a config integer has at most 63 bits");
  return ConfigValue(static_cast<std::int64_t>(value));
}

std::optional<std::int64_t> enum_value(const ConfigType& type, const std::string& name) {
  for (const auto& known : type.names)
    if (known.name == name) return known.value;
  return {};
}

ConfigValue enum_name(const ConfigType& type, std::int64_t value) {
  for (const auto& known : type.names)
    if (known.value == value) return ConfigValue(known.name);
  return ConfigValue(value);
}

std::string index_step(std::size_t index) { return fmt::format("[{}]", index); }

namespace {

bool has_element(const ConfigType& type) {
  return type.kind == ConfigKind::Array || type.kind == ConfigKind::Map ||
         type.kind == ConfigKind::Noneable;
}

void edit(ConfigTypePtr& type, const std::function<bool(const ConfigType&)>& is_target,
          const std::function<void(ConfigType&)>& change) {
  auto copy = std::make_shared<ConfigType>(*type);
  if (is_target(*copy))
    change(*copy);
  else
    edit(copy->element, is_target, change);
  type = std::move(copy);
}

}  // namespace

void edit_leaf(ConfigField& field, const std::function<void(ConfigType&)>& change) {
  edit(field.type, [](const ConfigType& type) { return !has_element(type); }, change);
}

void edit_container(ConfigField& field, const std::function<void(ConfigType&)>& change) {
  const auto is_container = [](const ConfigType& type) {
    return type.kind == ConfigKind::Array || type.kind == ConfigKind::Map;
  };
  edit(field.type, is_container, change);
}

void narrow_min(ConfigField& field, ConfigValue min) {
  edit_leaf(field, [&](ConfigType& type) {
    if (!type.min || type.min->as_float() < min.as_float()) type.min = std::move(min);
  });
}

void narrow_max(ConfigField& field, ConfigValue max) {
  edit_leaf(field, [&](ConfigType& type) {
    if (!type.max || type.max->as_float() > max.as_float()) type.max = std::move(max);
  });
}

void set_default(ConfigField& field, const ConfigValue& value) {
  if (field.type->kind != ConfigKind::Shape) {
    field.default_value = value;
    return;
  }
  auto copy = std::make_shared<ConfigType>(*field.type);
  for (std::size_t i = 0; i < copy->fields.size(); ++i) {
    ConfigField& below = copy->fields[i];
    const ConfigValue* given = value.find(below.name, i);
    if (given != nullptr && !below.required) set_default(below, *given);
  }
  field.type = std::move(copy);
  field.required = !is_optional(*field.type);
}

}  // namespace detail
}  // namespace penstock

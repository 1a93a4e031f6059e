#include "penstock/model/config_schema.h"

#include <functional>

namespace penstock {
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

void edit_leaf(ConfigField& field, const std::function<void(ConfigType&)>& change) {
  edit(field.type, [](const ConfigType& type) { return !has_element(type); }, change);
}

void edit_container(ConfigField& field, const std::function<void(ConfigType&)>& change) {
  const auto is_container = [](const ConfigType& type) {
    return type.kind == ConfigKind::Array || type.kind == ConfigKind::Map;
  };
  edit(field.type, is_container, change);
}

/// Give a field its default; a shape's default goes to its own fields.
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

}  // namespace

void ConfigFieldEditor::set_description(std::string_view text) { field().description = text; }
void ConfigFieldEditor::set_required() { field().required = true; }
void ConfigFieldEditor::add_alias(std::string_view name) { field().aliases.emplace_back(name); }
void ConfigFieldEditor::set_deprecated(std::string_view instead) { field().deprecated = instead; }

void ConfigFieldEditor::add_example(const void* value) {
  field().examples.push_back(access_->encode(value, *field().type));
}

void ConfigFieldEditor::set_unit(std::string_view name) {
  edit_leaf(field(), [&](ConfigType& type) { type.unit = name; });
}

void ConfigFieldEditor::narrow_min(ConfigValue min) {
  edit_leaf(field(), [&](ConfigType& type) {
    if (!type.min || is_less(*type.min, min)) type.min = std::move(min);
  });
}

void ConfigFieldEditor::narrow_max(ConfigValue max) {
  edit_leaf(field(), [&](ConfigType& type) {
    if (!type.max || is_less(max, *type.max)) type.max = std::move(max);
  });
}

void ConfigFieldEditor::set_choices(std::vector<ConfigValue> values) {
  edit_leaf(field(), [&](ConfigType& type) { type.choices = std::move(values); });
}

void ConfigFieldEditor::set_pattern(std::string_view regex) {
  edit_leaf(field(), [&](ConfigType& type) { type.pattern = regex; });
}

void ConfigFieldEditor::set_min_items(std::size_t count) {
  edit_container(field(), [&](ConfigType& type) { type.min_items = count; });
}

void ConfigFieldEditor::set_max_items(std::size_t count) {
  edit_container(field(), [&](ConfigType& type) { type.max_items = count; });
}

void ConfigFieldEditor::set_names(std::vector<ConfigEnumName> names) {
  edit_leaf(field(), [&](ConfigType& type) { type.names = std::move(names); });
}

void ConfigFieldEditor::set_alternatives(std::initializer_list<std::string_view> names) {
  edit_leaf(field(), [&](ConfigType& type) {
    auto name = names.begin();
    for (auto& alternative : type.fields)
      if (name != names.end()) alternative.name = *name++;
  });
}

ConfigBinding::ConfigBinding(const Struct& described) : struct_(described) {
  type_.kind = ConfigKind::Shape;
  type_.name = described.name;
  type_.binding = this;
}

std::vector<ConfigField>& ConfigBinding::add(std::string_view name, ConfigType type,
                                             const ConfigAccess& access, std::ptrdiff_t offset) {
  ConfigField field{std::string(name), std::make_shared<const ConfigType>(std::move(type))};
  if (field.type->kind == ConfigKind::Shape) field.description = field.type->description;
  type_.fields.push_back(std::move(field));
  members_.push_back({&access, offset});
  return type_.fields;
}

void ConfigBinding::set_description(std::string_view text) { type_.description = text; }

void ConfigBinding::let_pass_into(std::ptrdiff_t offset) {
  type_.permissive = true;
  extra_ = offset;
}

void ConfigBinding::publish(const void* defaults) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    ConfigField& field = type_.fields[i];
    if (field.required) continue;
    const auto* at = static_cast<const std::byte*>(defaults) + members_[i].offset;
    set_default(field, members_[i].access->encode(at, *field.type));
  }
  published_ = std::make_shared<const ConfigType>(type_);
}

Error ConfigBinding::of_struct(Error error, const char* what) const {
  error.code = ErrorCode::Config;
  return std::move(error).within(std::string(what) + " of the config " + std::string(struct_.name));
}

Result<std::shared_ptr<void>> ConfigBinding::make() const {
  auto made = struct_.create();
  if (!made.ok()) return of_struct(std::move(made).error(), "the constructor");
  return std::shared_ptr<void>(*made, [this](void* object) {
    destroy_user_object(object, struct_.destroy, struct_.type_name);
  });
}

Status ConfigBinding::decode(const ConfigValue& value, const ConfigType& type,
                             ConfigDecoder& decoder, void* out) const {
  auto status = call_user_code([&] { decode_members(value, type, decoder, out); });
  if (!status.ok()) return of_struct(std::move(status).error(), "decode()");
  return {};
}

Result<ConfigValue> ConfigBinding::encode(const void* object, const ConfigType& type) const {
  auto encoded = call_user_code([&] { return encode_members(object, type); });
  if (!encoded.ok()) return of_struct(std::move(encoded).error(), "encode()");
  return encoded;
}

Status ConfigBinding::check(void* object, ConfigCheck& problems) const {
  auto status = struct_.check(object, problems);
  if (!status.ok()) return of_struct(std::move(status).error(), "check()");
  return {};
}

void ConfigBinding::decode_members(const ConfigValue& value, const ConfigType& type,
                                   ConfigDecoder& decoder, void* out) const {
  auto* object = static_cast<std::byte*>(out);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const ConfigField& field = type.fields[i];
    const auto& [access, offset] = members_[i];
    if (const ConfigValue* given = value.find(field.name, i))
      decoder.at(field.name,
                 [&] { access->decode(*given, *field.type, decoder, object + offset); });
  }
  if (extra_) {
    auto& extra = *reinterpret_cast<std::map<std::string, ConfigValue>*>(object + *extra_);
    for (const auto& entry : value.entries())
      if (type.find_field(entry.key) == nullptr) extra.insert_or_assign(entry.key, entry.value);
  }
  decoder.run_rules(value, type, out);
}

ConfigValue ConfigBinding::encode_members(const void* object, const ConfigType& type) const {
  const auto* bytes = static_cast<const std::byte*>(object);
  ConfigValue map = ConfigValue::map();
  map.entries().reserve(members_.size());
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const ConfigField& field = type.fields[i];
    const auto& [access, offset] = members_[i];
    map.entries().push_back({field.name, access->encode(bytes + offset, *field.type)});
  }
  if (extra_) {
    using Extra = std::map<std::string, ConfigValue>;
    for (const auto& [key, value] : *reinterpret_cast<const Extra*>(bytes + *extra_))
      map.entries().push_back({key, value});
  }
  return map;
}

}  // namespace penstock

// Types and JSON of values that are data: nothing of what a C++ type holds is refused or changed.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "penstock/base/base64.h"
#include "penstock/base/utf8.h"
#include "penstock/model/config_codec.h"
#include "penstock/model/config_internal.h"

namespace penstock {
namespace {

constexpr std::string_view kFloatKey = "$float", kBytesKey = "$base64", kBytesPrefix = "$base64:";

ConfigType plain_type(const ConfigType& type) {
  switch (type.kind) {
    case ConfigKind::Int:
      return detail::integer_of(type.width, type.is_unsigned);
    case ConfigKind::Bytes:
      return detail::integer_of(sizeof(std::int64_t), false);
    case ConfigKind::Float:
      return detail::float_type(type.width);
    case ConfigKind::Duration:
      if (type.scalar) return plain_type(*type.scalar);
      return detail::integer_of(sizeof(std::int64_t), false);
    case ConfigKind::Path:
      return detail::simple_type(ConfigKind::String);
    default:
      return detail::simple_type(type.kind);
  }
}

// A key as it is stored: one that is not text in base64, and of one that begins with `$` it is said
// by another `$` that this is no sign of ours.
std::string stored_key(const std::string& key) {
  if (!is_utf8(key)) return std::string(kBytesPrefix) + base64_encode(key);
  return key.starts_with('$') ? '$' + key : key;
}

std::string key_of(const std::string& stored) {
  if (stored.starts_with("$$")) return stored.substr(1);
  if (!stored.starts_with(kBytesPrefix)) return stored;
  return base64_decode(std::string_view(stored).substr(kBytesPrefix.size())).value_or(stored);
}

Json marked(std::string_view key, std::string text) {
  Json out = Json::object();
  out[std::string(key)] = std::move(text);
  return out;
}

// A value that stands in an object of its own, since JSON has no word for it.
std::optional<ConfigValue> marked_value(const Json& json) {
  if (json.size() != 1 || !json.front().is_string()) return {};
  const auto& key = json.items().begin().key();
  const auto& text = json.front().get_ref<const std::string&>();
  if (key == kFloatKey) return detail::special_float(text);
  if (key != kBytesKey) return {};
  if (auto bytes = base64_decode(text)) return ConfigValue(*std::move(bytes));
  return {};
}

}  // namespace

ConfigTypePtr data_type(const ConfigType& type) {
  auto out = std::make_shared<ConfigType>(plain_type(type));
  out->data = true;
  out->name = type.name;
  out->permissive = type.permissive;
  out->names = type.names;
  out->secret = type.secret;
  out->binding = type.binding;
  if (out->kind == type.kind) {
    if (type.element) out->element = data_type(*type.element);
    if (type.scalar) out->scalar = data_type(*type.scalar);
  }
  for (const auto& field : type.fields)
    out->fields.push_back({.name = field.name,
                           .type = data_type(*field.type),
                           .required = field.required,
                           .aliases = field.aliases});
  return out;
}

std::optional<std::string> find_secret(const ConfigType& type) {
  if (type.secret) return "";
  for (const auto& below : {type.element, type.scalar})
    if (below)
      if (auto path = find_secret(*below)) return path;
  for (const auto& field : type.fields) {
    const auto path = find_secret(*field.type);
    if (path) return field.name + (path->empty() ? "" : ".") + *path;
  }
  return {};
}

Json to_stored_json(const ConfigValue& value, SecretPrinting secrets) {
  using Kind = ConfigValue::Kind;
  const bool hide = value.secret() && secrets == SecretPrinting::Masked;
  if (!hide && value.kind() == Kind::Float && !std::isfinite(value.as_float()))
    return marked(kFloatKey, detail::yaml_float(value.as_float()));
  if (!hide && value.is_string() && !is_utf8(value.as_string()))
    return marked(kBytesKey, base64_encode(value.as_string()));
  if (hide || !(value.is_list() || value.is_map())) return to_json(value, secrets);
  if (value.is_list()) {
    Json list = Json::array();
    for (const auto& item : value.items()) list.push_back(to_stored_json(item, secrets));
    return list;
  }
  Json map = Json::object();
  // Keys are known to differ: setting one by its name would compare it with all before it.
  auto& members = map.get_ref<Json::object_t&>();
  for (const auto& entry : value.entries())
    members.push_back({stored_key(entry.key), to_stored_json(entry.value, secrets)});
  return map;
}

ConfigValue from_json(const Json& json) {
  if (json.is_boolean()) return ConfigValue(json.get<bool>());
  if (json.is_number_unsigned()) return ConfigValue(json.get<std::uint64_t>());
  if (json.is_number_integer()) return ConfigValue(json.get<std::int64_t>());
  if (json.is_number_float()) return ConfigValue(json.get<double>());
  if (json.is_string()) return ConfigValue(json.get<std::string>());
  if (json.is_array()) {
    ConfigValue list = ConfigValue::list();
    for (const auto& item : json) list.items().push_back(from_json(item));
    return list;
  }
  if (!json.is_object()) return {};
  if (auto marked = marked_value(json)) return *std::move(marked);
  ConfigValue map = ConfigValue::map();
  for (const auto& [key, item] : json.items())
    map.entries().push_back({key_of(key), from_json(item)});
  return map;
}

}  // namespace penstock

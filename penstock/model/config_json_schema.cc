// JSON Schema (2020-12) of a config type.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "penstock/model/config_internal.h"

namespace penstock {
namespace {

Json schema_of(const ConfigType& type);

Json reference_schema(const std::string& key, const std::string& description) {
  Json out;
  out["type"] = "object";
  out["properties"][key]["type"] = "string";
  out["properties"][key]["description"] = description;
  out["required"] = Json::array({key});
  out["additionalProperties"] = false;
  return out;
}
Json env_schema() { return reference_schema("env", "name of an environment variable"); }
Json file_schema() { return reference_schema("file", "path of a file that holds the value"); }

void add_bounds(Json& out, const ConfigType& type) {
  if (type.min && std::isfinite(type.min->as_float())) out["minimum"] = to_json(*type.min);
  if (type.max && std::isfinite(type.max->as_float())) out["maximum"] = to_json(*type.max);
}

Json any_of(Json a, Json b) {
  Json out;
  out["anyOf"] = Json::array({std::move(a), std::move(b)});
  return out;
}

// A number without unit, or text with one; bounds speak of the number only when it is in bytes.
Json quantity_schema(const ConfigType& type) {
  const bool size = type.kind == ConfigKind::Bytes;
  Json number, text;
  number["type"] = size ? "integer" : "number";
  if (size) number["minimum"] = 0;
  if (size) add_bounds(number, type);
  text["type"] = "string";
  text["pattern"] = size ? "^[0-9.]+ *([kKmMgGtTpP]?(i?[bB])?)$"
                         : "^-?[0-9.]+ *(ns|us|ms|s|m|min|h|d|w)$";
  return any_of(std::move(number), std::move(text));
}

Json field_schema(const ConfigField& field) {
  Json out = schema_of(*field.type);
  if (!field.description.empty()) out["description"] = field.description;
  if (field.default_value) out["default"] = to_json(*field.default_value);
  if (field.deprecated) out["deprecated"] = true;
  if (!field.examples.empty()) {
    out["examples"] = Json::array();
    for (const auto& example : field.examples) out["examples"].push_back(to_json(example));
  }
  return out;
}

Json object_schema(const ConfigType& type) {
  Json out, required = Json::array();
  out["type"] = "object";
  if (!type.name.empty()) out["title"] = type.name;
  out["properties"] = Json::object();
  for (const auto& field : type.fields) {
    if (detail::says_nothing(field)) continue;
    out["properties"][field.name] = field_schema(field);
    for (const auto& alias : field.aliases) {
      Json other = field_schema(field);
      other.erase("default");
      other["deprecated"] = true;
      other["$comment"] = "another name of " + field.name;
      out["properties"][alias] = std::move(other);
    }
    if (field.required && field.aliases.empty()) required.push_back(field.name);
  }
  if (type.kind == ConfigKind::Selector)
    out["minProperties"] = out["maxProperties"] = 1;
  else if (!required.empty())
    out["required"] = std::move(required);
  out["additionalProperties"] = type.permissive;
  return out;
}

Json container_schema(const ConfigType& type) {
  const bool list = type.kind == ConfigKind::Array;
  Json out;
  out["type"] = list ? "array" : "object";
  out[list ? "items" : "additionalProperties"] = schema_of(*type.element);
  if (type.min_items) out[list ? "minItems" : "minProperties"] = *type.min_items;
  if (type.max_items) out[list ? "maxItems" : "maxProperties"] = *type.max_items;
  return out;
}

Json scalar_schema(const ConfigType& type) {
  Json out;
  switch (type.kind) {
    case ConfigKind::Bool:
      out["type"] = "boolean";
      break;
    case ConfigKind::Int:
      out["type"] = "integer";
      break;
    case ConfigKind::Float:
      out["type"] = "number";
      break;
    case ConfigKind::String:
    case ConfigKind::Path:
      out["type"] = "string";
      break;
    case ConfigKind::Enum:
      out["enum"] = Json::array();
      for (const auto& known : type.names) out["enum"].push_back(known.name);
      break;
    default:
      return Json::object();
  }
  add_bounds(out, type);
  if (!type.pattern.empty()) out["pattern"] = "^(" + type.pattern + ")$";
  if (!type.unit.empty()) out["$comment"] = "unit: " + type.unit;
  return out;
}

Json literal_schema(const ConfigType& type) {
  switch (type.kind) {
    case ConfigKind::Array:
    case ConfigKind::Map:
      return container_schema(type);
    case ConfigKind::Shape:
      return object_schema(type);
    case ConfigKind::Selector:
      return type.scalar ? any_of(schema_of(*type.scalar), object_schema(type))
                         : object_schema(type);
    case ConfigKind::Noneable: {
      Json null;
      null["type"] = "null";
      return any_of(schema_of(*type.element), std::move(null));
    }
    case ConfigKind::ScalarUnion:
      return any_of(schema_of(*type.scalar), schema_of(*type.element));
    case ConfigKind::Bytes:
    case ConfigKind::Duration:
      return quantity_schema(type);
    default:
      return scalar_schema(type);
  }
}

Json schema_of(const ConfigType& type) {
  if (type.secret) {
    Json out = any_of(env_schema(), file_schema());
    out["writeOnly"] = true;
    return out;
  }
  Json out = literal_schema(type);
  if (!type.choices.empty()) {
    out["enum"] = Json::array();
    for (const auto& choice : type.choices) out["enum"].push_back(to_json(choice));
  }
  if (type.source) {
    out = any_of(std::move(out), env_schema());
    out["anyOf"].push_back(file_schema());
  }
  if (!type.description.empty()) out["description"] = type.description;
  return out;
}

}  // namespace

Json json_schema(const ConfigType& type) {
  Json out;
  out["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  const Json schema = schema_of(type);
  for (const auto& [key, value] : schema.items()) out[key] = value;
  return out;
}

}  // namespace penstock

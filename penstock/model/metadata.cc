#include "penstock/model/metadata.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

namespace penstock {
namespace {

constexpr std::array<std::string_view, 10> kKindNames = {
    "null", "bool", "int", "float", "text", "url", "path", "md", "timestamp", "json"};

MetadataValue::Kind kind_of(std::string_view name) {
  for (std::size_t i = 0; i < kKindNames.size(); ++i)
    if (kKindNames[i] == name) return MetadataValue::Kind(i);
  return MetadataValue::Kind::JsonText;
}

}  // namespace

MetadataValue MetadataValue::json(const Json& value) { return json_text(value.dump()); }

MetadataValue MetadataValue::timestamp(Time value) {
  MetadataValue result(value.time_since_epoch().count());
  result.kind_ = Kind::Timestamp;
  return result;
}

std::string MetadataValue::display() const {
  switch (kind_) {
    case Kind::Null:
      return "null";
    case Kind::Bool:
      return as_bool() ? "true" : "false";
    case Kind::Int:
      return std::to_string(as_int());
    case Kind::Float:
      return fmt::format("{}", as_float());
    case Kind::Timestamp:
      return to_rfc3339(Time(Micros(as_int())));
    default:
      return as_text();
  }
}

Json MetadataValue::to_json() const {
  Json json;
  json["type"] = kKindNames[std::size_t(kind_)];
  auto& value = json["value"];
  switch (kind_) {
    case Kind::Null:
      break;
    case Kind::Bool:
      value = as_bool();
      break;
    case Kind::Int:
    case Kind::Timestamp:
      value = as_int();
      break;
    case Kind::Float:
      value = as_float();
      break;
    case Kind::JsonText:
      value = Json::parse(as_text(), nullptr, false);
      break;
    default:
      value = as_text();
  }
  return json;
}

MetadataValue MetadataValue::from_json(const Json& json) {
  if (!json.is_object() || !json.contains("type") || !json.contains("value"))
    return json_text(json.dump());
  const auto& value = json["value"];
  const auto kind = kind_of(json["type"].get<std::string>());
  if (kind == Kind::Bool && value.is_boolean()) return MetadataValue(value.get<bool>());
  if (kind == Kind::Float && value.is_number()) return MetadataValue(value.get<double>());
  if (kind == Kind::Int && value.is_number_integer())
    return MetadataValue(value.get<std::int64_t>());
  if (kind == Kind::Timestamp && value.is_number_integer())
    return timestamp(Time(Micros(value.get<std::int64_t>())));
  if (kind == Kind::Null) return {};
  if (kind != Kind::JsonText && value.is_string()) return {kind, value.get<std::string>()};
  return json_text(value.dump());
}

void MetadataValue::encode(ByteWriter& out) const {
  out.number(std::uint8_t(kind_));
  out.number(std::uint8_t(value_.index()));
  if (const auto* text = std::get_if<std::string>(&value_)) return out.text(*text);
  if (const auto* number = std::get_if<double>(&value_)) return out.number(*number);
  out.number(std::get<std::int64_t>(value_));
}

MetadataValue MetadataValue::decode(ByteReader& in) {
  MetadataValue made;
  const auto kind = in.number<std::uint8_t>();
  if (kind > std::uint8_t(Kind::JsonText)) in.fail("an unknown kind of facts");
  const auto form = in.number<std::uint8_t>();
  if (form == 2)
    made.value_ = std::string(in.text());
  else if (form == 1)
    made.value_ = in.number<double>();
  else
    made.value_ = in.number<std::int64_t>();
  const auto fits = kind == std::uint8_t(Kind::Float) ? form == 1
                    : kind >= std::uint8_t(Kind::Text) && kind != std::uint8_t(Kind::Timestamp)
                        ? form == 2
                        : form == 0;
  if (!fits) in.fail("a fact whose value does not belong to its kind");
  if (in.ok()) made.kind_ = Kind(kind);
  return in.ok() ? made : MetadataValue();
}

std::string_view to_string(LogLevel level) {
  constexpr std::array<std::string_view, 5> kNames = {"DEBUG", "INFO", "WARNING", "ERROR",
                                                      "CRITICAL"};
  return kNames[std::size_t(level)];
}

std::string_view to_string(CheckSeverity severity) {
  return severity == CheckSeverity::Warn ? "WARN" : "ERROR";
}

}  // namespace penstock

#include "penstock/model/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "penstock/base/json_number.h"
#include "penstock/base/json_text.h"
#include "penstock/base/narrow.h"
#include "penstock/model/metadata_table.h"

namespace penstock {
namespace {

using Kind = MetadataValue::Kind;

constexpr std::array<std::string_view, 20> kKindNames = {"null",
                                                         "bool",
                                                         "int",
                                                         "float",
                                                         "timestamp",
                                                         "text",
                                                         "url",
                                                         "path",
                                                         "notebook",
                                                         "md",
                                                         "run",
                                                         "asset",
                                                         "job",
                                                         "pool",
                                                         "json",
                                                         "table",
                                                         "table_schema",
                                                         "column_lineage",
                                                         "code_reference",
                                                         "artifact"};

std::optional<Kind> kind_of(std::string_view name) {
  const auto at = std::ranges::find(kKindNames, name);
  if (at == kKindNames.end()) return {};
  return Kind(at - kKindNames.begin());
}

MetadataValue inferred(const Json& json) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned()) return json.get<std::uint64_t>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  return MetadataValue::json(json);
}

// The value of a JSON kind made from JSON that is known to be well-formed.
MetadataValue structured(Kind kind, const Json& value) {
  return MetadataValue::from_json({{"type", to_string(kind)}, {"value", value}});
}

Json schema_json(const TableSchema& schema) {
  Json columns = Json::array();
  for (const auto& column : schema.columns)
    columns.push_back({{"name", column.name},
                       {"type", column.type},
                       {"description", column.description},
                       {"nullable", column.nullable},
                       {"unique", column.unique},
                       {"constraints", column.constraints},
                       {"tags", column.tags}});
  return {{"columns", std::move(columns)}, {"constraints", schema.constraints}};
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string names_of(const Json& columns) {
  std::string names;
  for (const auto& column : columns) {
    if (names.size() > 60) return names + ", …";
    if (!names.empty()) names += ", ";
    names += column.value("name", "");
  }
  return names;
}

std::string table_text(const Json& table) {
  const auto& columns = table.at("schema").at("columns");
  const auto rows = table.value("total_records", table.at("records").size());
  return fmt::format("{} of {}: {}", counted(rows, "row"), counted(columns.size(), "column"),
                     names_of(columns));
}

std::string references_text(const Json& places) {
  std::string text;
  for (const auto& place : places) {
    if (!text.empty()) text += ", ";
    text += place.contains("url") ? place.value("url", "") : place.value("file", "");
    if (place.contains("line")) text += fmt::format(":{}", place.value("line", 0));
  }
  return text;
}

// The JSON of a structured fact; what is not JSON, or nested too deep for a tree, as text.
Json structure_json(const std::string& text) {
  auto parsed = parse_json(text);
  if (parsed.ok()) return *std::move(parsed);
  return text;
}

// A structured fact in a few words; its JSON when it is not built as it should be.
std::string structure_text(const MetadataValue& fact) {
  const auto parsed = parse_json(fact.as_text());
  if (!parsed.ok()) return fact.as_text();
  const auto& json = *parsed;
  try {
    switch (fact.kind()) {
      case Kind::Table:
        return table_text(json);
      case Kind::TableSchema:
        return counted(json.at("columns").size(), "column") + ": " + names_of(json.at("columns"));
      case Kind::ColumnLineage:
        return "lineage of " + counted(json.size(), "column");
      case Kind::CodeReference:
        return references_text(json);
      case Kind::Artifact: {
        const auto name = json.value("name", "");
        return fmt::format("{} ({})", name.empty() ? json.at("id").get<std::string>() : name,
                           json.value("media_type", ""));
      }
      default:
        return fact.as_text();
    }
  } catch (const Json::exception&) {
    return fact.as_text();
  }
}

}  // namespace

MetadataValue::MetadataValue() = default;
MetadataValue::MetadataValue(const MetadataValue& other) = default;
MetadataValue::MetadataValue(MetadataValue&& other) noexcept = default;
MetadataValue& MetadataValue::operator=(const MetadataValue& other) = default;
MetadataValue& MetadataValue::operator=(MetadataValue&& other) noexcept = default;
MetadataValue::~MetadataValue() = default;
bool operator==(const MetadataValue& a, const MetadataValue& b) = default;

MetadataValue::MetadataValue(Kind kind, std::string text) : kind_(kind), value_(std::move(text)) {}
MetadataValue::MetadataValue(std::string text) : MetadataValue(Kind::Text, std::move(text)) {}
MetadataValue::MetadataValue(std::string_view text) : MetadataValue(std::string(text)) {}
MetadataValue::MetadataValue(const char* text) : MetadataValue(std::string(text)) {}

MetadataValue MetadataValue::truth(bool value) {
  auto made = integer(value);
  made.kind_ = Kind::Bool;
  return made;
}

MetadataValue MetadataValue::integer(std::int64_t value) {
  MetadataValue made;
  made.kind_ = Kind::Int;
  made.value_ = value;
  return made;
}

MetadataValue MetadataValue::natural(std::uint64_t value) {
  if (value > std::uint64_t(INT64_MAX)) return json_text(std::to_string(value));
  return integer(std::int64_t(value));
}

MetadataValue MetadataValue::real(double value) {
  MetadataValue made;
  made.kind_ = Kind::Float;
  made.value_ = value;
  return made;
}

void add_fact(Metadata& facts, std::string_view name, MetadataValue value) {
  facts.emplace_back(std::string(name), std::move(value));
}

MetadataValue MetadataValue::json(const Json& value) { return json_text(json_to_text(value)); }

MetadataValue MetadataValue::timestamp(Time value) {
  MetadataValue result(value.time_since_epoch().count());
  result.kind_ = Kind::Timestamp;
  return result;
}

MetadataValue MetadataValue::table_schema(const TableSchema& schema) {
  return structured(Kind::TableSchema, schema_json(schema));
}

MetadataValue MetadataValue::table(const TableSchema& schema,
                                   const std::vector<std::vector<MetadataValue>>& rows) {
  Json records = Json::array();
  for (std::size_t row = 0; row < std::min(rows.size(), kMostTableRows); ++row) {
    Json record = Json::object();
    for (std::size_t i = 0; i < std::min(rows[row].size(), schema.columns.size()); ++i)
      add_member(record, schema.columns[i].name, rows[row][i].to_json()["value"]);
    records.push_back(std::move(record));
  }
  Json table{{"schema", schema_json(schema)}, {"records", std::move(records)}};
  if (rows.size() > kMostTableRows) table["total_records"] = rows.size();
  return structured(Kind::Table, table);
}

MetadataValue MetadataValue::column_lineage(
    const std::map<std::string, std::vector<ColumnSource>>& sources) {
  Json lineage = Json::object();
  for (const auto& [column, from] : sources) {
    Json places = Json::array();
    for (const auto& source : from)
      places.push_back({{"asset", source.asset}, {"column", source.column}});
    add_member(lineage, column, std::move(places));
  }
  return structured(Kind::ColumnLineage, lineage);
}

MetadataValue MetadataValue::code_reference(const std::vector<penstock::CodeReference>& places) {
  Json list = Json::array();
  for (const auto& place : places) {
    Json json = Json::object();
    if (!place.url.empty()) json["url"] = place.url;
    if (!place.file.empty()) json["file"] = place.file;
    if (place.line != 0) json["line"] = place.line;
    if (!place.label.empty()) json["label"] = place.label;
    list.push_back(std::move(json));
  }
  return structured(Kind::CodeReference, list);
}

MetadataValue MetadataValue::artifact(const ArtifactReference& artifact) {
  Json json{{"id", artifact.id}, {"media_type", artifact.media_type}};
  if (!artifact.name.empty()) json["name"] = artifact.name;
  if (artifact.bytes != 0) json["bytes"] = artifact.bytes;
  return structured(Kind::Artifact, json);
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
      return special_number(as_float()).empty() ? fmt::format("{}", as_float())
                                                : std::string(special_number(as_float()));
    case Kind::Timestamp:
      return to_rfc3339(Time(Micros(as_int())));
    default:
      return is_json() ? structure_text(*this) : as_text();
  }
}

Json MetadataValue::to_json() const {
  Json json;
  json["type"] = to_string(kind_);
  auto& value = json["value"];
  if (kind_ == Kind::Bool)
    value = as_bool();
  else if (kind_ == Kind::Int || kind_ == Kind::Timestamp)
    value = as_int();
  else if (kind_ == Kind::Float)
    value = json_number(as_float());
  else if (is_json())
    value = structure_json(as_text());
  else if (kind_ != Kind::Null)
    value = as_text();
  return json;
}

MetadataValue MetadataValue::from_json(const Json& json) {
  const bool typed = json.is_object() && json.size() == 2 && json.contains("type") &&
                     json["type"].is_string() && json.contains("value");
  if (!typed) return inferred(json);
  const auto& value = json["value"];
  const auto kind = kind_of(json["type"].get_ref<const std::string&>());
  if (!kind) return inferred(value);  // a kind of a later version
  if (*kind == Kind::Float)
    if (const auto number = read_json_number(value)) return MetadataValue(*number);
  if (*kind == Kind::Timestamp && value.is_number_integer())
    return timestamp(Time(Micros(value.get<std::int64_t>())));
  const bool text_kind = *kind >= Kind::Text && *kind < Kind::JsonText;
  if (text_kind && value.is_string()) return {*kind, value.get<std::string>()};
  if (*kind >= Kind::JsonText) return {*kind, json_to_text(value)};
  return inferred(value);
}

std::string_view to_string(MetadataValue::Kind kind) { return kKindNames[std::size_t(kind)]; }

const MetadataValue* find_fact(const Metadata& facts, std::string_view name) {
  constexpr std::string_view kOurs = "penstock/", kTheirs = "dagster/";
  std::string alias;
  if (name.starts_with(kOurs)) (alias = kTheirs) += name.substr(kOurs.size());
  const MetadataValue* found = nullptr;
  for (const auto& [known, value] : facts)
    if (known == name || (!alias.empty() && known == alias)) found = &value;
  return found;
}

void MetadataValue::encode(ByteWriter& out) const {
  out.number(number_of(kind_));
  out.number(narrow<std::uint8_t>(value_.index()));
  if (const auto* text = std::get_if<std::string>(&value_)) return out.text(*text);
  if (const auto* number = std::get_if<double>(&value_)) return out.number(*number);
  out.number(std::get<std::int64_t>(value_));
}

MetadataValue MetadataValue::decode(ByteReader& in) {
  MetadataValue made;
  const auto kind = in.number<std::uint8_t>();
  if (kind > number_of(Kind::Artifact)) in.fail("an unknown kind of facts");
  const auto form = in.number<std::uint8_t>();
  if (form == 2)
    made.value_ = std::string(in.text());
  else if (form == 1)
    made.value_ = in.number<double>();
  else
    made.value_ = in.number<std::int64_t>();
  const auto fits = kind == number_of(Kind::Float)  ? form == 1
                    : kind >= number_of(Kind::Text) ? form == 2
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

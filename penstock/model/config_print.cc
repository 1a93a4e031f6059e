// Documents as text and JSON. Nothing here prints a secret unless asked to.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "penstock/base/json_text.h"
#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/model/config_internal.h"

namespace penstock {
namespace detail {
namespace {

constexpr std::string_view kMask = "****";
constexpr std::size_t kFlowWidth = 80;

// Words that YAML 1.1 tools take for booleans.
bool is_ambiguous_word(std::string_view text) {
  const std::string lower = to_lower(text);
  for (const auto word : {"yes", "no", "on", "off", "y", "n"})
    if (lower == word) return true;
  return false;
}

bool is_plain_safe(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '/' || c == '.';
  };
  if (text.empty() || !is_letter(text.front()) || text.back() == ' ' || text.back() == ':')
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_letter(text[i]) || text[i] == '-' || text[i] == '+' || text[i] == '@') continue;
    if (text[i] == ' ' && text[i + 1] != '#') continue;
    if (text[i] == ':' && text[i + 1] != ' ') continue;
    return false;
  }
  if (is_ambiguous_word(text) || text.starts_with("...")) return false;
  const auto scalar = plain_scalar(text);
  return scalar.ok() && scalar->is_string();
}

std::string yaml_string(std::string_view text) {
  return is_plain_safe(text) ? std::string(text) : quote(text);
}

// Flow style; stops adding once the text is longer than the limit.
void write_flow(std::string& out, const ConfigValue& value, SecretPrinting secrets,
                std::size_t limit) {
  const bool hide = value.secret() && secrets == SecretPrinting::Masked;
  if (out.size() > limit) return;
  if (hide || (!value.is_list() && !value.is_map())) {
    out += yaml_scalar(value, secrets);
    return;
  }
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ", ";
    first = false;
  };
  out += value.is_list() ? '[' : '{';
  for (const auto& item : value.items()) {
    separate();
    write_flow(out, item, secrets, limit);
  }
  for (const auto& [key, entry, mark] : value.entries()) {
    separate();
    out += yaml_string(key) + ": ";
    write_flow(out, entry, secrets, limit);
  }
  out += value.is_list() ? ']' : '}';
}

std::string integer_text(const ConfigValue& value) {
  if (const auto small = value.integer<std::int64_t>()) return std::to_string(*small);
  return std::to_string(value.integer<std::uint64_t>().value_or(0));
}

bool is_scalar(const ConfigValue& value) { return !value.is_list() && !value.is_map(); }

// What fits on the line of its key: scalars, empty containers, short lists of scalars, references.
std::optional<std::string> on_one_line(const ConfigValue& value, SecretPrinting secrets) {
  const bool hide = value.secret() && secrets == SecretPrinting::Masked;
  if (is_scalar(value) || hide) return yaml_scalar(value, secrets);
  const bool reference = value.entries().size() == 1 && value.entries()[0].key == "env" &&
                         is_scalar(value.entries()[0].value);
  const bool short_enough =
      value.entries().empty() && std::ranges::all_of(value.items(), is_scalar);
  if (!reference && !short_enough) return {};
  std::string text;
  write_flow(text, value, secrets, kFlowWidth);
  if (text.size() > kFlowWidth) return {};
  return text;
}

void write_block(std::string& out, const ConfigValue& value, std::size_t indent,
                 SecretPrinting secrets) {
  for (const auto& entry : value.entries())
    out += yaml_entry(entry.key, entry.value, indent, secrets);
  for (const auto& item : value.items()) {
    const std::string margin(indent, ' ');
    if (const auto line = on_one_line(item, secrets)) {
      out += margin + "- " + *line + '\n';
      continue;
    }
    std::string block;
    write_block(block, item, indent + 2, secrets);
    block.replace(indent, 2, "- ");
    out += block;
  }
}

}  // namespace

std::string yaml_float(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

std::string yaml_scalar(const ConfigValue& value, SecretPrinting secrets) {
  if (value.secret() && secrets == SecretPrinting::Masked) return quote(kMask);
  switch (value.kind()) {
    case ConfigValue::Kind::Bool:
      return value.as_bool() ? "true" : "false";
    case ConfigValue::Kind::Int:
      return integer_text(value);
    case ConfigValue::Kind::Float:
      return yaml_float(value.as_float());
    case ConfigValue::Kind::String:
      return yaml_string(value.as_string());
    default:
      return "null";
  }
}

std::string yaml_entry(std::string_view key, const ConfigValue& value, std::size_t indent,
                       SecretPrinting secrets) {
  const std::string margin(indent, ' '), name = yaml_string(key);
  std::string out = margin + name + ":";
  // YAML ends a key that stands before its colon after 1024 characters.
  constexpr std::size_t kLongestKey = 1000;
  if (name.size() > kLongestKey) out = margin + "? " + name + '\n' + margin + ":";
  if (const auto line = on_one_line(value, secrets)) return out + ' ' + *line + '\n';
  out += '\n';
  write_block(out, value, indent + 2, secrets);
  return out;
}

std::string list_values(const std::vector<std::string>& values) {
  constexpr std::size_t kShown = 12;
  if (values.size() <= kShown + 1) return join(values, ", ");
  const std::span head(values.data(), kShown);
  return join(head, ", ") + fmt::format(" and {} more", values.size() - kShown);
}

std::vector<std::string> spell_all(const std::vector<ConfigValue>& values) {
  std::vector<std::string> out;
  for (const auto& value : values)
    out.push_back(value.is_string() ? value.as_string() : brief(value));
  return out;
}

std::vector<std::string> field_names(const ConfigType& type) {
  std::vector<std::string> out;
  for (const auto& field : type.fields) out.push_back(field.name);
  return out;
}

}  // namespace detail

std::string brief(const ConfigValue& value, std::size_t limit) {
  const bool hide = value.secret();
  std::string out;
  if (value.is_string() && !hide)
    out = quote(value.as_string());
  else if (detail::is_scalar(value) && !hide && !value.spelling().empty())
    out = value.spelling();
  else
    detail::write_flow(out, value, SecretPrinting::Masked, limit);
  if (out.size() <= limit) return out;
  return out.substr(0, utf8_border(out, limit)) + "...";
}

std::string to_yaml(const ConfigValue& value, SecretPrinting secrets) {
  const bool container = value.is_map() || value.is_list();
  if (!container || (value.entries().empty() && value.items().empty())) {
    std::string out;
    detail::write_flow(out, value, secrets, std::numeric_limits<std::size_t>::max());
    return out + '\n';
  }
  std::string out;
  detail::write_block(out, value, 0, secrets);
  return out;
}

Json to_json(const ConfigValue& value, SecretPrinting secrets) {
  if (value.secret() && secrets == SecretPrinting::Masked) return std::string(detail::kMask);
  switch (value.kind()) {
    case ConfigValue::Kind::Null:
      return nullptr;
    case ConfigValue::Kind::Bool:
      return value.as_bool();
    case ConfigValue::Kind::Int:
      if (const auto small = value.integer<std::int64_t>()) return *small;
      return *value.integer<std::uint64_t>();
    case ConfigValue::Kind::Float:
      if (!std::isfinite(value.as_float())) return detail::yaml_float(value.as_float());
      return value.as_float();
    case ConfigValue::Kind::String:
      return value.as_string();
    case ConfigValue::Kind::List: {
      Json list = Json::array();
      for (const auto& item : value.items()) list.push_back(to_json(item, secrets));
      return list;
    }
    case ConfigValue::Kind::Map:
      break;
  }
  Json map = Json::object();
  for (const auto& entry : value.entries())
    add_member(map, entry.key, to_json(entry.value, secrets));
  return map;
}

}  // namespace penstock

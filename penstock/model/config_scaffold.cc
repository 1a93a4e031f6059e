// A commented document to start from.
#include <fmt/format.h>

#include "penstock/base/text.h"
#include "penstock/model/config_internal.h"

namespace penstock {
namespace {

// Some lines of a document, and whether any of them is more than a comment.
struct Lines {
  std::string text;
  bool live = false;
};

// Comments out every line, keeping the indentation so that removing `# ` is all there is to do.
std::string commented(const std::string& text, std::size_t indent) {
  std::string out;
  for (const auto& line : split(text.substr(0, text.size() - 1), '\n')) {
    const bool is_comment = trim(line).starts_with('#');
    out += is_comment ? line : line.substr(0, indent) + "# " + line.substr(indent);
    out += '\n';
  }
  return out;
}

std::string comment_of(const ConfigField& field, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string facts = field.type->kind == ConfigKind::Shape ? "" : describe_type(*field.type);
  if (field.required) facts += facts.empty() ? "required" : "; required";
  std::string out = margin + "#";
  if (!field.description.empty()) out += " " + printable(join(split(field.description, '\n'), " "));
  if (!facts.empty()) out += field.description.empty() ? " " + facts : " (" + facts + ")";
  return out.size() == margin.size() + 1 ? "" : out + '\n';
}

// What stands for a required value that nobody gave an example of.
std::string placeholder(const ConfigField& field, std::size_t indent) {
  const ConfigType& type = *field.type;
  const auto entry = [&](const ConfigValue& value) {
    return detail::yaml_entry(field.name, value, indent, SecretPrinting::Masked);
  };
  if (type.secret) return entry(ConfigValue::map({{"env", ConfigValue("NAME")}}));
  if (type.kind == ConfigKind::Array) return entry(ConfigValue::list());
  if (type.kind == ConfigKind::Map) return entry(ConfigValue::map());
  return std::string(indent, ' ') + field.name + ": ...\n";
}

class Scaffold {
 public:
  explicit Scaffold(ScaffoldDepth depth) : depth_(depth) {}

  Lines shape(const ConfigType& type, std::size_t indent) const {
    Lines out;
    for (const auto& field : type.fields) {
      const bool optional = depth_ == ScaffoldDepth::Minimal && !field.required;
      if (field.deprecated || optional || detail::says_nothing(field)) continue;
      Lines lines = this->field(field, indent);
      out.text += comment_of(field, indent) + lines.text;
      out.live |= lines.live;
    }
    return out;
  }

 private:
  Lines field(const ConfigField& field, std::size_t indent) const {
    const auto entry = [&](const ConfigValue& value) {
      return detail::yaml_entry(field.name, value, indent, SecretPrinting::Masked);
    };
    if (field.type->kind == ConfigKind::Shape && field.examples.empty())
      return nested(field, indent);
    if (!field.examples.empty() && (field.required || !field.default_value))
      return {entry(field.examples.front()), true};
    const bool unset_secret =
        field.type->secret && !(field.default_value && !field.default_value->is_null());
    const bool literal_secret = field.default_value && field.default_value->secret();
    if (field.default_value && !unset_secret && !literal_secret)
      return {entry(*field.default_value), true};
    if (!field.required && !unset_secret && !literal_secret) return {entry(ConfigValue()), true};
    return {commented(placeholder(field, indent), indent), false};
  }

  Lines nested(const ConfigField& field, std::size_t indent) const {
    const std::string header = std::string(indent, ' ') + field.name + ":";
    const Lines below = shape(*field.type, indent + 2);
    if (below.live) return {header + "\n" + below.text, true};
    if (below.text.empty()) return {header + " {}\n", true};
    return {commented(header + "\n", indent) + below.text, false};
  }

  ScaffoldDepth depth_;
};

}  // namespace

std::string config_scaffold(const ConfigType& type, ScaffoldDepth depth) {
  const Lines lines = Scaffold(depth).shape(type, 0);
  const std::string head = type.description.empty()
                               ? ""
                               : "# " + printable(join(split(type.description, '\n'), " ")) + "\n";
  return head + lines.text + (lines.live ? "" : "{}\n");
}

}  // namespace penstock

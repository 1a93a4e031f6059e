// What the config sources share; not part of the public face.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "penstock/base/duration.h"
#include "penstock/model/config_document.h"
#include "penstock/model/config_source.h"
#include "penstock/model/config_type.h"

namespace penstock::detail {

/// The longest key of a map in bytes: keys are repeated in the paths of all that is below them.
inline constexpr std::size_t kLongestConfigKey = 4096;

/// A plain scalar by the YAML 1.2 core schema. Decimal integers beyond 64 bits become floats; an
/// error says of a number that it is too large.
Result<ConfigValue> plain_scalar(std::string_view text);
/// What `.inf`, `-.inf` or `.nan` stands for; nothing for any other text.
std::optional<ConfigValue> special_float(std::string_view text);
/// True when the spelling is that of an integer, whatever its size.
bool looks_like_integer(std::string_view text);

/// A path and one more key: `a.b`, `a["b.c"]`.
std::string path_key(const std::string& path, std::string_view key);
/// A path and one more index: `a[3]`.
std::string path_index(const std::string& path, std::size_t index);

/// One step of a path: a key or an index.
using PathStep = std::variant<std::string, std::size_t>;
/// The steps of `a.b[2]["c.d"]`; nothing when the text is no path.
std::optional<std::vector<PathStep>> parse_path(std::string_view path);

/// Bytes of the character that a text begins with; 0 when that is not UTF-8.
std::size_t utf8_length(std::string_view text);
/// The first place where a text is not UTF-8 or holds a control character.
std::optional<ConfigProblem> find_bad_byte(std::string_view text, const ConfigMark& file);
/// Read JSON, keeping positions.
ParsedConfig parse_json_config(std::string_view text, std::string shown_name,
                               const ConfigLimits& limits);
/// Read YAML, keeping positions.
ParsedConfig parse_yaml_config(std::string_view text, std::string shown_name,
                               const ConfigLimits& limits);
/// The problem of a key that a map has already.
ConfigProblem duplicate_key(const std::string& path, const std::string& key, ConfigMark here,
                            const ConfigMark& first);

/// `env` or `file`: what a document says before the name.
std::string_view kind_key(ConfigReference::Kind kind);
/// What is referred to, for messages: `the environment variable X`.
std::string named(const ConfigReference& reference);
/// The text that is referred to; an error says why there is none.
Result<std::string> look_up(const ConfigReference& reference, const ConfigEnvironment& environment);

/// `key: value` as YAML lines, each behind `indent` blanks and ending in a line feed.
std::string yaml_entry(std::string_view key, const ConfigValue& value, std::size_t indent,
                       SecretPrinting secrets);
/// `.nan`, `-.inf`, or the shortest decimal that reads back as the same double.
std::string yaml_float(double value);
/// One scalar as YAML, quoted where it has to be.
std::string yaml_scalar(const ConfigValue& value, SecretPrinting secrets);
/// Up to twelve values with commas between them, then how many more there are.
std::string list_values(const std::vector<std::string>& values);
/// The texts of values, as messages show them.
std::vector<std::string> spell_all(const std::vector<ConfigValue>& values);
/// The alternative of a selector that a document chooses; null when it chooses none.
const ConfigField* chosen_alternative(const ConfigType& selector, const ConfigValue& value);
/// True when a document can say nothing of a field: it is fixed, as a whole or in all its parts.
bool says_nothing(const ConfigField& field);
/// The names of a shape's or selector's fields.
std::vector<std::string> field_names(const ConfigType& type);
/// A bound of a type as a document would say it.
std::string spell_bound(const ConfigType& type, const ConfigValue& bound);

/// A length of time, bytes of a size; nothing when the value is neither.
std::optional<SpelledDuration> parse_config_duration(const ConfigValue& value);
std::optional<std::int64_t> parse_config_bytes(const ConfigValue& value);

/// Does the whole text match a POSIX extended regular expression?
class PatternMatcher {
 public:
  PatternMatcher();
  PatternMatcher(const PatternMatcher&) = delete;
  PatternMatcher& operator=(const PatternMatcher&) = delete;
  ~PatternMatcher();
  /// Nothing when the pattern is no regular expression.
  std::optional<bool> matches(const std::string& pattern, const std::string& text);

 private:
  struct Compiled;
  std::vector<std::unique_ptr<Compiled>> compiled_;
};

}  // namespace penstock::detail

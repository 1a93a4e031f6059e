// Reading, combining and printing config documents: YAML 1.2 (core schema) and JSON.
//
// The same functions serve files, `--config`, `--set`, the page and the API, so that a mistake
// reads the same everywhere.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/json.h"
#include "penstock/base/result.h"
#include "penstock/model/config_value.h"

namespace penstock {

struct ConfigType;

/// How a text is read. FromName takes JSON when the shown name ends in `.json`, else YAML.
enum class ConfigSyntax { FromName, YamlText, JsonText };

/// What a text may cost at most.
struct ConfigLimits {
  std::size_t bytes = 4u << 20;       ///< length of the text
  std::size_t depth = 100;            ///< nesting of lists and maps
  std::size_t nodes = 200'000;        ///< values in the document
  std::size_t alias_nodes = 100'000;  ///< values that aliases (`*a`) expand to
};

/// A document that was read, or what is wrong with its text.
struct ParsedConfig {
  ConfigValue value = {};
  std::vector<ConfigProblem> problems = {};  ///< SYNTAX, DUPLICATE_KEY, TYPE_MISMATCH of tags

  bool ok() const { return problems.empty(); }
};

/// Read a document. An empty text is an empty map. Keys are strings, of a key given twice the first
/// value stays. That, and tags that are not of the core schema or do not fit, are problems.
ParsedConfig parse_config(std::string_view text, std::string shown_name,
                          ConfigSyntax syntax = ConfigSyntax::FromName,
                          const ConfigLimits& limits = {});

/// Two documents as one: maps merge by key, everything else is replaced by `over`. With a type, a
/// selector is replaced as well when `over` chooses another alternative.
ConfigValue merge_config(ConfigValue base, const ConfigValue& over,
                         const ConfigType* type = nullptr);

/// Apply `ops.load.config.years=[2017, 2020]`: the value is YAML, missing maps are made, an index
/// `a.b[2]` must exist or be the next one. Returns the problems; then the document is unchanged.
std::vector<ConfigProblem> apply_set(ConfigValue& document, std::string_view assignment);

/// Find a value by a path such as `supplements[2].year`; null when it does not exist.
const ConfigValue* find_path(const ConfigValue& root, std::string_view path);

/// Whether secrets are printed. Revealed is only for handing a document to a worker.
enum class SecretPrinting { Masked, Revealed };

/// The document as YAML in block style, ending in a line feed.
std::string to_yaml(const ConfigValue& value, SecretPrinting secrets = SecretPrinting::Masked);
/// The document as JSON. Infinite and undefined floats become strings.
Json to_json(const ConfigValue& value, SecretPrinting secrets = SecretPrinting::Masked);
/// The document as JSON that is read back: from_json() gives the same value, whatever it is. What
/// JSON has no word for stands in an object: `{"$float": ".inf"}`, and text that is not UTF-8 as
/// `{"$base64": "…"}`. Of a key that begins with `$` that is doubled; one that is not UTF-8 is
/// `$base64:…`.
Json to_stored_json(const ConfigValue& value, SecretPrinting secrets = SecretPrinting::Masked);
/// A document from JSON, without positions.
ConfigValue from_json(const Json& json);

}  // namespace penstock

// What a config document may say, with C++ types erased: made from structs by config_schema.h, and
// composed at run time where the engine joins the configs of ops and resources into one document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "penstock/base/json.h"
#include "penstock/base/result.h"
#include "penstock/model/config_value.h"

namespace penstock {

struct ConfigType;
class ConfigBinding;

/// A published type; immutable and shared between threads.
using ConfigTypePtr = std::shared_ptr<const ConfigType>;

/// What a value is. Names in documents are Dagster's where its users know them.
enum class ConfigKind : std::uint8_t {
  Any,          ///< anything, passed on as it is
  Bool,         ///< true or false, nothing else
  Int,          ///< a 64-bit integer; never a bool
  Float,        ///< a number; integers are accepted
  String,       ///< a string; never a number or bool
  Path,         ///< a string that names a file or folder
  Enum,         ///< one of the names
  Bytes,        ///< a size: `512MiB`, or a count of bytes
  Duration,     ///< a length of time: `250ms`, `1.5h`, or seconds
  Array,        ///< a list of `element`
  Map,          ///< string keys to `element`
  Shape,        ///< the declared fields, no others (unless permissive)
  Selector,     ///< exactly one of the fields
  Noneable,     ///< null or `element`
  ScalarUnion,  ///< `scalar` or the structured `element`
};

/// One name of an enum and the number behind it.
struct ConfigEnumName {
  std::string name;
  std::int64_t value = 0;
};

/// One field of a shape, or one alternative of a selector.
struct ConfigField {
  std::string name;
  ConfigTypePtr type;
  std::string description = {};
  bool required = false;  ///< true: the document must give it
  bool fixed = false;     ///< the definitions give it, as default_value; a document may not
  std::optional<ConfigValue> default_value = {};  ///< filled in when the document is silent
  std::vector<std::string> aliases = {};          ///< further names, for documents of old
  std::optional<std::string> deprecated = {};     ///< what to use instead
  std::vector<ConfigValue> examples = {};
};

/// What the C++ type of a duration holds: whole numbers of ticks, or fractions of them, too.
struct ConfigTicks {
  std::int64_t nanoseconds = 1'000;  ///< of a tick
  bool whole = true;
  std::int64_t least = INT64_MIN, greatest = INT64_MAX;  ///< ticks, if whole
};

/// What values a place of a document may hold.
struct ConfigType {
  ConfigType();
  // Copied, moved and destroyed in the source file: programs that include this compile faster.
  ConfigType(const ConfigType& other);
  ConfigType(ConfigType&& other) noexcept;
  ConfigType& operator=(const ConfigType& other);
  ConfigType& operator=(ConfigType&& other) noexcept;
  ~ConfigType();

  ConfigKind kind = ConfigKind::Any;
  std::string name = {};  ///< of a shape, or of what a selector's alternatives give; may be empty
  std::string description = {};          ///< of a shape as a whole
  std::string unit = {};                 ///< of a number, for people
  bool source = false;                   ///< a reference is accepted instead of a literal
  bool secret = false;                   ///< never shown; a literal is refused unless allowed
  bool permissive = false;               ///< a shape that lets unknown keys pass
  bool data = false;                     ///< of a value in a data file; see data_type()
  bool is_unsigned = false;              ///< of an integer: its C++ type has no sign
  std::uint8_t width = 8;                ///< of a number: bytes of its C++ type
  std::vector<ConfigField> fields = {};  ///< of a shape or selector
  ConfigTypePtr element = {};            ///< of an array, map, noneable; the union's structure
  /// Of a scalar union; of a selector: what else may stand there; of an enum or a length of time:
  /// the number behind it.
  ConfigTypePtr scalar = {};
  std::vector<ConfigEnumName> names = {};         ///< of an enum
  std::vector<ConfigValue> choices = {};          ///< allowed values; empty = no limit
  std::optional<ConfigValue> min = {}, max = {};  ///< inclusive; bytes, microseconds or number
  std::optional<std::size_t> min_items = {}, max_items = {};  ///< of an array or map
  ConfigTicks ticks = {};                                     ///< of a duration
  std::string pattern = {};                ///< POSIX extended; the whole string must match
  const ConfigBinding* binding = nullptr;  ///< of a shape made from a struct

  /// A field by its name (not alias), or null.
  const ConfigField* find_field(std::string_view field) const;
};

/// True when a document may leave a value of this type out: a shape whose fields may all be left
/// out, or a noneable.
bool is_optional(const ConfigType& type);

/// A shape composed at run time: `make_shape("job", {{.name = "ops", .type = ops}})`.
/// A field without default is required unless its type is optional as a whole.
ConfigTypePtr make_shape(std::string name, std::vector<ConfigField> fields);
/// The type in one line, for messages: `list of integer from 1995 to 2022`.
std::string describe_type(const ConfigType& type);

/// What is wrong with a type itself: a field declared twice, an alias that is another field's name,
/// an enum without names, a pattern that is no regular expression, a default that breaks its own
/// constraints. One sentence each; definitions are refused with them.
std::vector<std::string> mistakes_in(const ConfigType& type);

/// The type without what only concerns configs: bounds, choices, patterns, units and rules. Any
/// value of its C++ type is one of it, so that a value which was written is one that can be read:
/// lengths of time and sizes are counts, an enum's value without a name is its number, and fields
/// that a document leaves out keep their initialisers.
ConfigTypePtr data_type(const ConfigType& type);
/// Where in the type a secret is, as a path; nothing when it holds none.
std::optional<std::string> find_secret(const ConfigType& type);

/// How strictly a document is checked.
struct ConfigPolicy {
  bool allow_literal_secrets = false;  ///< accept a secret written into the document
  bool fixed_wins = false;  ///< a fixed field that is given again keeps its value, silently
};
/// For documents that the program makes itself, as config mappings do, or that were checked before.
inline constexpr ConfigPolicy kInnerConfig = {.allow_literal_secrets = true, .fixed_wins = true};

/// A checked document: defaults filled in, aliases renamed, struct rules applied, secrets marked.
/// References stay as they are: what they refer to is never part of a document.
struct ConfigOutcome {
  ConfigValue value = {};
  std::vector<ConfigProblem> problems = {};  ///< all of them, ordered by position
  std::vector<std::string> warnings = {};    ///< uses of deprecated fields, with their positions

  bool ok() const { return problems.empty(); }
};

/// Check a document against a type. The same document and type give the same outcome.
ConfigOutcome validate_config(const ConfigType& type, const ConfigValue& document,
                              const ConfigPolicy& policy = {});
/// The same for a text: its syntax problems and the type's problems in one list.
ConfigOutcome validate_text(const ConfigType& type, std::string_view text, std::string shown_name,
                            const ConfigPolicy& policy = {});

/// A type of which some fields are fixed, and what is wrong with the values that they were given.
struct FixedConfig {
  ConfigTypePtr type;
  std::vector<ConfigProblem> problems = {};
};
/// Currying: fix the fields of a shape that `fixed` gives, in nested shapes too, and leave the
/// others to documents. All other types are fixed as a whole.
FixedConfig fix_config(const ConfigTypePtr& type, const ConfigValue& fixed);
/// A checked document without what the definitions fix: it can be given to a launch again.
ConfigValue without_fixed_fields(const ConfigType& type, const ConfigValue& document);

/// The document without the keys that the type does not know, or that the definitions fix.
ConfigValue without_unknown_keys(const ConfigType& type, const ConfigValue& document);

/// The text of a file that a document refers to with `{file: PATH}`, without the line end at its
/// end: a regular file of UTF-8 text, at most 64 KiB. An error says what is wrong with it.
Result<std::string> read_referenced_file(const std::string& path);

/// Where references in documents are looked up. Passed in, so that tests decide.
struct ConfigEnvironment {
  /// The value of an environment variable; nothing when it is unset.
  // lint: allow user-function, the caller's own look-up, for tests
  std::function<std::optional<std::string>(const std::string& name)> variable;
  /// The text of a file, or what is wrong with it.
  // lint: allow user-function, the same
  std::function<Result<std::string>(const std::string& path)> file = read_referenced_file;

  /// Variables as the function says, and the files of this machine.
  template <class F>
    requires std::is_invocable_r_v<std::optional<std::string>, const F&, const std::string&>
  ConfigEnvironment(F look_up) : variable(std::move(look_up)) {}
};
/// The environment of this process.
ConfigEnvironment process_environment();

/// Turn a document into the struct behind a shape: check, look up sources, apply the struct's
/// rules. Errors list all problems; what cannot be looked up is POST_PROCESSING and is named.
/// The values of secrets are added to `secrets`, also when there is an error.
Result<std::shared_ptr<const void>> decode_erased(const ConfigType& type,
                                                  const ConfigValue& document,
                                                  const ConfigEnvironment& environment,
                                                  const ConfigPolicy& policy = kInnerConfig,
                                                  std::vector<std::string>* secrets = nullptr);
/// The whole document of a struct, defaults included; the inverse of decode_erased.
ConfigValue encode_erased(const ConfigType& type, const void* object);

/// The JSON Schema (2020-12) of a type, for editors and the page.
Json json_schema(const ConfigType& type);

/// How much a scaffold shows.
enum class ScaffoldDepth {
  Minimal,      ///< only what a document must say
  AllDefaults,  ///< every field with its default
};
/// A commented YAML document to start from. Required fields without example are commented out;
/// what is not commented out is valid.
std::string config_scaffold(const ConfigType& type, ScaffoldDepth depth);

}  // namespace penstock

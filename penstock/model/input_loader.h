// How the config of a run feeds an input that nothing in the graph feeds: by a loader of its type,
// such as `{csv: {path: in.csv}}`, or, where config can say the value itself, literally.
#pragma once

#include <chrono>
#include <concepts>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "penstock/model/config_schema.h"
#include "penstock/model/op_def.h"
#include "penstock/model/value.h"

namespace penstock {

/// A declared loader: an op without inputs that gives a value of its type. Its config is what a
/// document says below the loader's name.
struct LoaderDef {
  std::string name;
  const ValueType* type = nullptr;
  OpDefPtr op;
};

/// How config says values of a type itself.
struct LiteralInput {
  ConfigTypePtr type;
  /// From a checked document.
  UserPointer<Result<Value>(const ConfigValue& value, const ConfigType& type,
                            const ConfigEnvironment& environment)>
      read = {};
};

/// An input that the config of a run feeds.
struct UnboundInput {
  std::string name;
  std::string description;
  const ValueType* type = nullptr;
  std::optional<LiteralInput> literal;
  std::optional<ConfigValue> default_value;
};

namespace detail {

template <class T>
inline constexpr bool is_literal = ConfigInteger<T> || std::floating_point<T> ||
                                   std::same_as<T, bool> || std::same_as<T, std::string> ||
                                   std::same_as<T, std::filesystem::path> ||
                                   std::same_as<T, Bytes> || is_config_duration<T> || Config<T>;
template <class T>
inline constexpr bool is_literal<std::vector<T>> = is_literal<T>;
template <class T>
inline constexpr bool is_literal<std::map<std::string, T>> = is_literal<T>;
template <class T>
inline constexpr bool is_literal<std::optional<T>> = is_literal<T>;

}  // namespace detail

/// What may be said of an unbound input; a default of types that config can say.
template <class T>
struct InputOptions {
  std::string description = {};
};
template <class T>
  requires detail::is_literal<T>
struct InputOptions<T> {
  std::string description = {};
  std::optional<T> default_value = {};
};

namespace detail {

/// The error that lists what was wrong with a literal value.
Error literal_error(const std::vector<ConfigProblem>& problems);

template <class T>
Result<Value> read_literal(const ConfigValue& value, const ConfigType& type,
                           const ConfigEnvironment& environment) {
  ConfigDecoder decoder(&environment);
  T out{};
  ConfigCodec<T>::decode(value, type, decoder, out);
  if (!decoder.problems().empty()) return literal_error(decoder.problems());
  return Value::make<T>(std::move(out));
}

template <class T>
UnboundInput make_unbound(std::string name, InputOptions<T> options) {
  UnboundInput input{std::move(name), std::move(options.description), &value_type_of<T>(), {}, {}};
  if constexpr (is_literal<T>) {
    input.literal = {std::make_shared<const ConfigType>(ConfigCodec<T>::type()), &read_literal<T>};
    if (options.default_value)
      input.default_value = ConfigCodec<T>::encode(*options.default_value, *input.literal->type);
  }
  return input;
}

}  // namespace detail

/// The document of an unbound input: exactly one of its loaders, or a literal value. `value`,
/// `json` and `yaml` are loaders of every type that config can say.
ConfigTypePtr input_config_type(const std::vector<LoaderDef>& loaders, const UnboundInput& input);
/// The loaders that can give an input, by name; a sentence's worth of them where there are none.
std::vector<std::string> loader_names(const std::vector<LoaderDef>& loaders,
                                      const UnboundInput& input);

/// The op that feeds an unbound input, and its config as a document (null for none).
struct InputSource {
  OpDefPtr op;
  const ConfigValue* config = nullptr;
};
/// What a checked document of input_config_type() asks for.
Result<InputSource> make_input_source(const std::vector<LoaderDef>& loaders,
                                      const UnboundInput& input, const ConfigValue& given,
                                      const ConfigEnvironment& environment);

}  // namespace penstock

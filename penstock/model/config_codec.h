// How each C++ type is written in a config document: ConfigCodec<T> gives its ConfigType, reads it
// and writes it. Specialise it to let configs hold another type of yours.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <ratio>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "penstock/base/duration.h"
#include "penstock/model/config_check.h"
#include "penstock/model/config_source.h"
#include "penstock/model/config_type.h"

namespace penstock {

template <class C>
class ConfigSchema;

/// A struct is a config when it has `static void describe(ConfigSchema<C>&)`.
template <class C>
concept Config = requires(ConfigSchema<C>& schema) { C::describe(schema); };

/// Reads a checked document into a struct and looks up its sources. One thread at a time.
class ConfigDecoder {
 public:
  /// Without an environment, sources stay unresolved and no struct rules run.
  explicit ConfigDecoder(const ConfigEnvironment* environment, std::string path = {},
                         std::vector<std::string>* secrets = nullptr)
      : environment_(environment), path_(std::move(path)), secrets_(secrets) {}

  /// Run `read` one step further down: a key, or an index written as `[3]`.
  template <class F>
  void at(const std::string& step, F&& read) {
    const auto length = path_.size();
    enter(step);
    read();
    path_.resize(length);
  }
  /// What `{env: NAME}` or `{file: PATH}` refers to; nothing for any other value.
  static std::optional<ConfigReference> reference_of(const ConfigValue& value);
  /// Look up what is referred to and check it against `type`; a problem is kept and gives nothing.
  std::optional<ConfigValue> look_up(const ConfigValue& value, const ConfigType& type);
  /// Remember the value of a secret, so that it can be masked. One that is too short to be is a
  /// problem.
  void keep_secret(const ConfigValue& value, const std::string& secret);
  /// Run a struct's own rules, when this decoder resolves sources.
  void run_rules(const ConfigValue& value, const ConfigType& type, void* object);

  /// Note that the code of a struct failed at this place.
  void fail(const ConfigValue& value, const ConfigType& type, const Error& error);

  const std::vector<ConfigProblem>& problems() const { return problems_; }

 private:
  void enter(const std::string& step);
  const ConfigEnvironment* environment_;
  std::string path_;
  std::vector<std::string>* secrets_;
  std::vector<ConfigProblem> problems_;
};

/// One type in documents; see the specialisations below.
///
/// `type()` describes it; `decode()` reads a value that was checked against that type (or a
/// narrower copy) and leaves `out` alone where the value is something else; `encode()` writes it.
template <class T>
struct ConfigCodec;

/// Reads and writes a value of which only ConfigAccess knows the type; see ConfigCodec.
struct ConfigAccess {
  void (*decode)(const ConfigValue&, const ConfigType&, ConfigDecoder&, void* out);
  ConfigValue (*encode)(const void* value, const ConfigType&);
};
template <class T>
inline constexpr ConfigAccess kConfigAccess = {
    .decode =
        [](const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder, void* out) {
          ConfigCodec<T>::decode(value, type, decoder, *static_cast<T*>(out));
        },
    .encode = [](const void* value, const ConfigType& type) -> ConfigValue {
      return ConfigCodec<T>::encode(*static_cast<const T*>(value), type);
    }};

namespace detail {

template <class T>
concept ConfigInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                        !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                        !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

/// True for types of which a document may say null.
template <class T>
inline constexpr bool may_be_null = std::same_as<T, ConfigValue>;
template <class T>
inline constexpr bool may_be_null<std::optional<T>> = true;
/// True for types that are lists or maps in documents.
template <class T>
inline constexpr bool is_structure = Config<T>;
template <class T>
inline constexpr bool is_structure<std::vector<T>> = true;
template <class T>
inline constexpr bool is_structure<std::map<std::string, T>> = true;
template <Config... C>
inline constexpr bool is_structure<std::variant<C...>> = true;

ConfigType integer_type(std::optional<std::int64_t> min, std::optional<std::int64_t> max);
/// All integers that a C++ type of so many bytes holds.
ConfigType integer_of(std::size_t width, bool is_unsigned);
ConfigType float_type(std::size_t width);
/// The double whose shortest decimal is that of the float, so that 0.1F is printed as 0.1.
double widen(float value);
ConfigType simple_type(ConfigKind kind);
ConfigType container_type(ConfigKind kind, ConfigType element);
ConfigType source_type(ConfigType literal);
ConfigType secret_type();
/// A map `{env: NAME}` or `{file: PATH}`.
ConfigValue write_reference(const ConfigReference& reference);
ConfigType duration_type(const ConfigTicks& ticks);
/// Ticks of a checked duration, bytes of a checked size.
long double read_duration(const ConfigValue& value, std::int64_t tick);
std::int64_t read_bytes(const ConfigValue& value);
/// `250ms`, `2h`; `512MiB`.
ConfigValue write_duration(std::int64_t ticks, std::int64_t tick);
ConfigValue write_bytes(std::int64_t bytes);
std::optional<std::int64_t> enum_value(const ConfigType& type, const std::string& name);
const std::string* enum_name(const ConfigType& type, std::int64_t value);
/// Items of a list that lie one after another, each of so many bytes.
void decode_items(const ConfigValue& list, const ConfigType& type, ConfigDecoder& decoder,
                  const ConfigAccess& item, void* first, std::size_t size);
ConfigValue encode_items(const void* first, std::size_t count, std::size_t size,
                         const ConfigType& type, const ConfigAccess& item);

}  // namespace detail

template <>
struct ConfigCodec<ConfigValue> {
  static ConfigType type() { return detail::simple_type(ConfigKind::Any); }
  static void decode(const ConfigValue& value, const ConfigType&, ConfigDecoder&,
                     ConfigValue& out) {
    out = value;
  }
  static ConfigValue encode(const ConfigValue& value, const ConfigType&) { return value; }
};

template <>
struct ConfigCodec<bool> {
  static ConfigType type() { return detail::simple_type(ConfigKind::Bool); }
  static void decode(const ConfigValue& value, const ConfigType&, ConfigDecoder&, bool& out) {
    if (value.kind() == ConfigValue::Kind::Bool) out = value.as_bool();
  }
  static ConfigValue encode(bool value, const ConfigType&) { return ConfigValue(value); }
};

template <detail::ConfigInteger T>
struct ConfigCodec<T> {
  static ConfigType type() {
    return detail::integer_of(sizeof(T), std::unsigned_integral<T>);
  }
  static void decode(const ConfigValue& value, const ConfigType&, ConfigDecoder&, T& out) {
    out = value.integer<T>().value_or(out);
  }
  static ConfigValue encode(T value, const ConfigType&) {
    if constexpr (std::unsigned_integral<T>)
      return ConfigValue(static_cast<std::uint64_t>(value));
    else
      return ConfigValue(static_cast<std::int64_t>(value));
  }
};

template <std::floating_point T>
struct ConfigCodec<T> {
  static_assert(sizeof(T) <= sizeof(double),
                "a config holds float or double: a long double would lose digits");
  static ConfigType type() { return detail::float_type(sizeof(T)); }
  static void decode(const ConfigValue& value, const ConfigType&, ConfigDecoder&, T& out) {
    if (value.kind() == ConfigValue::Kind::Float || value.kind() == ConfigValue::Kind::Int)
      out = static_cast<T>(value.as_float());
  }
  static ConfigValue encode(T value, const ConfigType&) {
    if constexpr (sizeof(T) == sizeof(float))
      return ConfigValue(detail::widen(value));
    else
      return ConfigValue(value);
  }
};

template <>
struct ConfigCodec<std::string> {
  static ConfigType type() { return detail::simple_type(ConfigKind::String); }
  static void decode(const ConfigValue& value, const ConfigType&, ConfigDecoder&,
                     std::string& out) {
    if (value.is_string()) out = value.as_string();
  }
  static ConfigValue encode(const std::string& value, const ConfigType&) {
    return ConfigValue(value);
  }
};

template <>
struct ConfigCodec<std::filesystem::path> {
  static ConfigType type() { return detail::simple_type(ConfigKind::Path); }
  static void decode(const ConfigValue& value, const ConfigType&, ConfigDecoder&,
                     std::filesystem::path& out) {
    if (value.is_string()) out = value.as_string();
  }
  static ConfigValue encode(const std::filesystem::path& value, const ConfigType&) {
    return ConfigValue(value.string());
  }
};

template <>
struct ConfigCodec<Bytes> {
  static ConfigType type() { return detail::simple_type(ConfigKind::Bytes); }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder&,
                     Bytes& out) {
    out.count =
        type.data ? value.integer<std::int64_t>().value_or(0) : detail::read_bytes(value);
  }
  static ConfigValue encode(Bytes value, const ConfigType& type) {
    return type.data ? ConfigValue(value.count) : detail::write_bytes(value.count);
  }
};

/// A length of time. A document that gives a fraction of an integral type's period, or more than it
/// holds, is refused; a floating type is written in whole nanoseconds.
template <class Rep, class Period>
struct ConfigCodec<std::chrono::duration<Rep, Period>> {
  using Type = std::chrono::duration<Rep, Period>;
  using Tick = std::ratio_divide<Period, std::nano>;
  static_assert(Tick::den == 1, "a duration in a config has a period of whole nanoseconds");
  static ConfigType type() {
    ConfigType type = detail::duration_type(ticks());
    type.scalar = std::make_shared<const ConfigType>(ConfigCodec<Rep>::type());
    return type;
  }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                     Type& out) {
    if (type.data) {
      Rep count{};
      ConfigCodec<Rep>::decode(value, type, decoder, count);
      out = Type(count);
      return;
    }
    const auto ticks = detail::read_duration(value, Tick::num);
    if constexpr (std::integral<Rep>)
      out = Type(static_cast<Rep>(detail::whole_number(ticks).value_or(0)));
    else
      out = Type(static_cast<Rep>(ticks));
  }
  static ConfigValue encode(Type value, const ConfigType& type) {
    if (type.data) return ConfigCodec<Rep>::encode(value.count(), type);
    if constexpr (std::integral<Rep>)
      return detail::write_duration(detail::saturating_multiply(value.count(), 1), Tick::num);
    else
      return detail::write_duration(
          Micros::from(static_cast<long double>(value.count()) * Tick::num).count(), 1);
  }

 private:
  static ConfigTicks ticks() {
    if constexpr (std::integral<Rep>)
      return {Tick::num, true, std::int64_t(std::numeric_limits<Rep>::min()),
              std::in_range<std::int64_t>(std::numeric_limits<Rep>::max())
                  ? std::int64_t(std::numeric_limits<Rep>::max())
                  : INT64_MAX};
    else
      return {Tick::num, false};
  }
};
template <>
struct ConfigCodec<Micros> : ConfigCodec<std::chrono::microseconds> {};

/// An enum; its names come from `config_names(E)` beside the enum, or from the field's `.names()`.
template <class T>
  requires std::is_enum_v<T>
struct ConfigCodec<T> {
  static ConfigType type() {
    ConfigType type = detail::simple_type(ConfigKind::Enum);
    type.scalar = std::make_shared<const ConfigType>(
        detail::integer_of(sizeof(T), std::is_unsigned_v<std::underlying_type_t<T>>));
    if constexpr (requires { config_names(T{}); })
      for (const auto& [value, name] : config_names(T{}))
        type.names.push_back({std::string(name), static_cast<std::int64_t>(value)});
    return type;
  }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder&, T& out) {
    if (value.is_string()) {
      if (const auto number = detail::enum_value(type, value.as_string()))
        out = static_cast<T>(*number);
    } else if (const auto number = value.integer<std::underlying_type_t<T>>()) {
      out = static_cast<T>(*number);
    }
  }
  static ConfigValue encode(T value, const ConfigType& type) {
    if (const auto* name = detail::enum_name(type, static_cast<std::int64_t>(value)))
      return ConfigValue(*name);
    // Nothing that a document may say; of a value in a data file, its number.
    using Number = std::conditional_t<std::is_unsigned_v<std::underlying_type_t<T>>, std::uint64_t,
                                      std::int64_t>;
    return ConfigValue(static_cast<Number>(value));
  }
};

template <>
struct ConfigCodec<Secret> {
  static ConfigType type() { return detail::secret_type(); }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                     Secret& out);
  static ConfigValue encode(const Secret& value, const ConfigType&);
};

template <class T>
struct ConfigCodec<Source<T>> {
  static ConfigType type() { return detail::source_type(ConfigCodec<T>::type()); }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                     Source<T>& out) {
    T found{};
    if (auto reference = ConfigDecoder::reference_of(value)) {
      out = Source<T>::at(std::move(*reference));
      const auto text = decoder.look_up(value, type);
      if (!text) return;
      ConfigCodec<T>::decode(*text, type, decoder, found);
      out.resolve(std::move(found));
    } else {
      ConfigCodec<T>::decode(value, type, decoder, found);
      out = Source<T>(std::move(found));
    }
  }
  static ConfigValue encode(const Source<T>& value, const ConfigType& type) {
    return value.reference() ? detail::write_reference(*value.reference())
                             : ConfigCodec<T>::encode(*value, type);
  }
};

template <class T>
struct ConfigCodec<std::vector<T>> {
  static ConfigType type() {
    return detail::container_type(ConfigKind::Array, ConfigCodec<T>::type());
  }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                     std::vector<T>& out) {
    if (!value.is_list()) return;
    out = std::vector<T>(value.items().size());
    detail::decode_items(value, type, decoder, kConfigAccess<T>, out.data(), sizeof(T));
  }
  static ConfigValue encode(const std::vector<T>& value, const ConfigType& type) {
    return detail::encode_items(value.data(), value.size(), sizeof(T), type, kConfigAccess<T>);
  }
};

/// Its items do not lie one after another.
template <>
struct ConfigCodec<std::vector<bool>> {
  static ConfigType type() {
    return detail::container_type(ConfigKind::Array, ConfigCodec<bool>::type());
  }
  static void decode(const ConfigValue& value, const ConfigType&, ConfigDecoder&,
                     std::vector<bool>& out);
  static ConfigValue encode(const std::vector<bool>& value, const ConfigType&);
};

template <class T>
struct ConfigCodec<std::map<std::string, T>> {
  static ConfigType type() {
    return detail::container_type(ConfigKind::Map, ConfigCodec<T>::type());
  }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                     std::map<std::string, T>& out) {
    if (!value.is_map()) return;
    out.clear();
    for (const auto& entry : value.entries()) {
      T item{};
      decoder.at(entry.key,
                 [&] { ConfigCodec<T>::decode(entry.value, *type.element, decoder, item); });
      out.insert_or_assign(entry.key, std::move(item));
    }
  }
  static ConfigValue encode(const std::map<std::string, T>& value, const ConfigType& type) {
    ConfigValue map = ConfigValue::map();
    for (const auto& [key, item] : value)
      map.entries().push_back({key, ConfigCodec<T>::encode(item, *type.element)});
    return map;
  }
};

template <class T>
struct ConfigCodec<std::optional<T>> {
  static_assert(!detail::may_be_null<T>,
                "an optional of what may be null itself cannot be read back: both are null");
  static ConfigType type() {
    return detail::container_type(ConfigKind::Noneable, ConfigCodec<T>::type());
  }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                     std::optional<T>& out) {
    if (value.is_null()) {
      out.reset();
      return;
    }
    T item = out ? *out : T{};
    ConfigCodec<T>::decode(value, *type.element, decoder, item);
    out = std::move(item);
  }
  static ConfigValue encode(const std::optional<T>& value, const ConfigType& type) {
    return value ? ConfigCodec<T>::encode(*value, *type.element) : ConfigValue();
  }
};

/// A scalar or a structure: `notify: user` or `notify: {user: ..., on: failure}`.
template <class Scalar, class Structure>
  requires(!Config<Scalar>)
struct ConfigCodec<std::variant<Scalar, Structure>> {
  static_assert(detail::is_structure<Structure> && !detail::is_structure<Scalar>,
                "of a variant of two, the first is a scalar and the second a struct, a list or a "
                "map: documents tell them apart by that");
  using Type = std::variant<Scalar, Structure>;
  static ConfigType type() {
    ConfigType type =
        detail::container_type(ConfigKind::ScalarUnion, ConfigCodec<Structure>::type());
    type.scalar = std::make_shared<const ConfigType>(ConfigCodec<Scalar>::type());
    return type;
  }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                     Type& out) {
    if (value.is_map() || value.is_list()) {
      Structure structure{};
      ConfigCodec<Structure>::decode(value, *type.element, decoder, structure);
      out = std::move(structure);
    } else {
      Scalar scalar{};
      ConfigCodec<Scalar>::decode(value, *type.scalar, decoder, scalar);
      out = std::move(scalar);
    }
  }
  static ConfigValue encode(const Type& value, const ConfigType& type) {
    return value.index() == 0 ? ConfigCodec<Scalar>::encode(std::get<0>(value), *type.scalar)
                              : ConfigCodec<Structure>::encode(std::get<1>(value), *type.element);
  }
};

/// Exactly one of several structs, chosen by its name: `{threads: {count: 4}}`.
///
/// An alternative's name is its `static constexpr std::string_view kConfigName`, or comes from the
/// field's `.alternatives({...})`.
template <Config... C>
  requires(sizeof...(C) > 0)
struct ConfigCodec<std::variant<C...>> {
  using Type = std::variant<C...>;
  static ConfigType type() {
    ConfigType type = detail::simple_type(ConfigKind::Selector);
    (type.fields.push_back(alternative<C>()), ...);
    return type;
  }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                     Type& out) {
    if (!value.is_map() || value.entries().size() != 1) return;
    const auto& chosen = value.entries().front();
    std::size_t index = 0;
    (void)((chosen.key == type.fields[index].name
                ? (read<C>(chosen, *type.fields[index].type, decoder, out), true)
                : (++index, false)) ||
           ...);
  }
  static ConfigValue encode(const Type& value, const ConfigType& type) {
    const ConfigField& field = type.fields[value.index()];
    ConfigValue map = ConfigValue::map();
    map.set(field.name, std::visit(
                            [&]<class A>(const A& alternative) {
                              return ConfigCodec<A>::encode(alternative, *field.type);
                            },
                            value));
    return map;
  }

 private:
  template <class A>
  static ConfigField alternative() {
    ConfigField field;
    if constexpr (requires { A::kConfigName; }) field.name = A::kConfigName;
    field.type = std::make_shared<const ConfigType>(ConfigCodec<A>::type());
    field.description = field.type->description;
    return field;
  }
  template <class A>
  static void read(const ConfigEntry& chosen, const ConfigType& type, ConfigDecoder& decoder,
                   Type& out) {
    A alternative{};
    decoder.at(chosen.key,
               [&] { ConfigCodec<A>::decode(chosen.value, type, decoder, alternative); });
    out = std::move(alternative);
  }
};

}  // namespace penstock

// How a user's struct describes itself as a config: member pointers, no macros, no reflection.
//
//   struct Scope {
//     std::vector<int> years = {2017};                       // the initialiser is the default
//     static void describe(ps::ConfigSchema<Scope>& s) {
//       s.field("years", &Scope::years).describe("years to load").subset_of(kYears);
//     }
//   };
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "penstock/model/config_codec.h"

namespace penstock {

namespace detail {

/// The type that constraints of a field speak of: the item of a list, the value of a map, what an
/// optional or a source holds.
template <class M>
struct ConfigLeafOf {
  using type = M;
  static constexpr bool list = false, container = false, in_variant = false;
};
template <class M>
struct ConfigLeafOf<std::optional<M>> : ConfigLeafOf<M> {};
template <class M>
struct ConfigLeafOf<Source<M>> : ConfigLeafOf<M> {};
template <class M>
struct ConfigLeafOf<std::vector<M>> : ConfigLeafOf<M> {
  static constexpr bool list = true, container = true;
};
template <class M>
struct ConfigLeafOf<std::map<std::string, M>> : ConfigLeafOf<M> {
  static constexpr bool container = true;
};
template <class T>
inline constexpr bool is_config_variant = false;
template <class... T>
inline constexpr bool is_config_variant<std::variant<T...>> = true;
template <class T>
inline constexpr bool is_config_duration = false;
template <class R, class P>
inline constexpr bool is_config_duration<std::chrono::duration<R, P>> = true;

template <class L>
concept OrderedLeaf =
    ConfigInteger<L> || std::floating_point<L> || std::same_as<L, Bytes> || is_config_duration<L>;
template <class L>
concept TextLeaf = std::same_as<L, std::string> || std::same_as<L, std::filesystem::path>;
template <class L>
concept ChoiceLeaf = OrderedLeaf<L> || TextLeaf<L>;

/// Change the innermost type of a field, below lists, maps and noneables.
void edit_leaf(ConfigField& field, const std::function<void(ConfigType&)>& edit);
/// Change the outermost list or map of a field.
void edit_container(ConfigField& field, const std::function<void(ConfigType&)>& edit);
/// Bounds only ever become narrower.
void narrow_min(ConfigField& field, ConfigValue min);
void narrow_max(ConfigField& field, ConfigValue max);
/// Give a field its default; a shape's default goes to its own fields.
void set_default(ConfigField& field, const ConfigValue& value);

template <class T>
constexpr std::string_view type_name() {
  std::string_view all = __PRETTY_FUNCTION__;
  all.remove_prefix(all.find("T = ") + 4);
  all = all.substr(0, all.find_first_of(";]"));
  if (const auto colon = all.rfind("::"); colon != all.npos) all.remove_prefix(colon + 2);
  return all;
}

}  // namespace detail

/// Says more about one field; every function returns the builder. Constraints on a list, map or
/// optional hold for each item, except min_items and max_items.
template <class M>
class ConfigFieldBuilder {
 public:
  using Leaf = typename detail::ConfigLeafOf<M>::type;

  ConfigFieldBuilder(std::vector<ConfigField>& fields, std::size_t index)
      : fields_(&fields), index_(index) {}

  /// Say what the field is for; one sentence, shown wherever the field is.
  ConfigFieldBuilder& describe(std::string text) {
    field().description = std::move(text);
    return *this;
  }
  /// The document must give the field; the member's initialiser is no default.
  ConfigFieldBuilder& required() {
    field().required = true;
    return *this;
  }
  /// Accept another name as well.
  ConfigFieldBuilder& alias(std::string name) {
    field().aliases.push_back(std::move(name));
    return *this;
  }
  /// Warn who uses the field, with what to do instead.
  ConfigFieldBuilder& deprecated(std::string instead) {
    field().deprecated = std::move(instead);
    return *this;
  }
  /// Show a value in scaffolds, schemas and the page.
  ConfigFieldBuilder& example(const M& value) {
    field().examples.push_back(ConfigCodec<M>::encode(value, *field().type));
    return *this;
  }
  /// Name the unit of a number, for people.
  ConfigFieldBuilder& unit(std::string name)
    requires detail::ConfigInteger<Leaf> || std::floating_point<Leaf>
  {
    detail::edit_leaf(field(), [&](ConfigType& type) { type.unit = std::move(name); });
    return *this;
  }
  /// The smallest allowed value.
  ConfigFieldBuilder& min(Leaf value)
    requires detail::OrderedLeaf<Leaf>
  {
    detail::narrow_min(field(), ordered(value));
    return *this;
  }
  /// The largest allowed value.
  ConfigFieldBuilder& max(Leaf value)
    requires detail::OrderedLeaf<Leaf>
  {
    detail::narrow_max(field(), ordered(value));
    return *this;
  }
  /// The smallest and the largest allowed value.
  ConfigFieldBuilder& range(Leaf smallest, Leaf largest)
    requires detail::OrderedLeaf<Leaf>
  {
    return min(smallest).max(largest);
  }
  /// The allowed values of a field that is not a list.
  ConfigFieldBuilder& choices(std::vector<Leaf> values)
    requires(detail::ChoiceLeaf<Leaf> && !detail::ConfigLeafOf<M>::list)
  {
    return allow(values);
  }
  /// The values a list may hold.
  template <class Range>
  ConfigFieldBuilder& subset_of(const Range& values)
    requires(detail::ChoiceLeaf<Leaf> && detail::ConfigLeafOf<M>::list)
  {
    return allow(values);
  }
  /// A POSIX extended regular expression that the whole string must match.
  ConfigFieldBuilder& pattern(std::string regex)
    requires detail::TextLeaf<Leaf>
  {
    detail::edit_leaf(field(), [&](ConfigType& type) { type.pattern = std::move(regex); });
    return *this;
  }
  /// The fewest items of a list or map.
  ConfigFieldBuilder& min_items(std::size_t count)
    requires(detail::ConfigLeafOf<M>::container)
  {
    detail::edit_container(field(), [&](ConfigType& type) { type.min_items = count; });
    return *this;
  }
  /// The most items of a list or map.
  ConfigFieldBuilder& max_items(std::size_t count)
    requires(detail::ConfigLeafOf<M>::container)
  {
    detail::edit_container(field(), [&](ConfigType& type) { type.max_items = count; });
    return *this;
  }
  /// The names of an enum's values in documents.
  ConfigFieldBuilder& names(std::initializer_list<std::pair<Leaf, std::string_view>> names)
    requires std::is_enum_v<Leaf>
  {
    detail::edit_leaf(field(), [&](ConfigType& type) {
      type.names.clear();
      for (const auto& [value, name] : names)
        type.names.push_back({std::string(name), static_cast<std::int64_t>(value)});
    });
    return *this;
  }
  /// The names of a variant's structs in documents, in the variant's order.
  ConfigFieldBuilder& alternatives(std::initializer_list<std::string_view> names)
    requires detail::is_config_variant<Leaf>
  {
    detail::edit_leaf(field(), [&](ConfigType& type) {
      auto name = names.begin();
      for (auto& alternative : type.fields)
        if (name != names.end()) alternative.name = *name++;
    });
    return *this;
  }

 private:
  ConfigField& field() { return (*fields_)[index_]; }

  static ConfigValue ordered(Leaf value) {
    if constexpr (std::same_as<Leaf, Bytes>) {
      return ConfigValue(value.count);
    } else if constexpr (detail::is_config_duration<Leaf>) {
      return ConfigValue(static_cast<std::int64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(value).count()));
    } else {
      return ConfigCodec<Leaf>::encode(value, ConfigType{});
    }
  }

  template <class Range>
  ConfigFieldBuilder& allow(const Range& values) {
    detail::edit_leaf(field(), [&](ConfigType& type) {
      type.choices.clear();
      for (const auto& value : values)
        type.choices.push_back(ConfigCodec<Leaf>::encode(Leaf(value), type));
    });
    return *this;
  }

  std::vector<ConfigField>* fields_;
  std::size_t index_;
};

/// What a struct's describe() fills: its fields and how each is read and written.
template <class C>
class ConfigSchema {
 public:
  /// Declare a field; its default is the member's value in a default-constructed C.
  template <class M, class B>
    requires std::derived_from<C, B>
  ConfigFieldBuilder<M> field(std::string name, M B::* member) {
    ConfigField field{std::move(name), std::make_shared<const ConfigType>(ConfigCodec<M>::type())};
    if (field.type->kind == ConfigKind::Shape) field.description = field.type->description;
    type_.fields.push_back(std::move(field));
    bound_.push_back(
        {[member](const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                  C& out) { ConfigCodec<M>::decode(value, type, decoder, out.*member); },
         [member](const C& object, const ConfigType& type) {
           return ConfigCodec<M>::encode(object.*member, type);
         }});
    return {type_.fields, type_.fields.size() - 1};
  }
  /// Say what the struct as a whole is for.
  void describe(std::string text) { type_.description = std::move(text); }
  /// Let unknown keys pass, into a member.
  template <class B>
    requires std::derived_from<C, B>
  void permissive(std::map<std::string, ConfigValue> B::* member) {
    type_.permissive = true;
    extra_ = member;
  }

  /// The schema of C, built on first use. Thread-safe.
  static const ConfigSchema& instance() {
    static const ConfigSchema schema = make();
    return schema;
  }
  const ConfigTypePtr& type() const { return published_; }

  /// Read the fields that a checked document gives; the others keep their values.
  void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
              C& out) const {
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      const ConfigField& field = type.fields[i];
      if (const ConfigValue* given = value.find(field.name, i))
        decoder.at(field.name, [&] { bound_[i].decode(*given, *field.type, decoder, out); });
    }
    if (extra_) {
      for (const auto& entry : value.entries())
        if (type.find_field(entry.key) == nullptr)
          (out.*extra_).insert_or_assign(entry.key, entry.value);
    }
    decoder.run_rules(value, type, &out);
  }
  /// The whole struct as a document.
  ConfigValue encode(const C& object, const ConfigType& type) const {
    ConfigValue map = ConfigValue::map();
    map.entries().reserve(bound_.size());
    for (std::size_t i = 0; i < bound_.size(); ++i)
      map.entries().push_back(
          {type.fields[i].name, bound_[i].encode(object, *type.fields[i].type)});
    if (extra_)
      for (const auto& [key, value] : object.*extra_) map.entries().push_back({key, value});
    return map;
  }

 private:
  struct Bound {
    std::function<void(const ConfigValue&, const ConfigType&, ConfigDecoder&, C&)> decode;
    std::function<ConfigValue(const C&, const ConfigType&)> encode;
  };
  static constexpr bool kHasRules =
      requires(C& object, ConfigCheck& check) { C::check(object, check); };
  static void check_erased(void* object, ConfigCheck& check) {
    if constexpr (kHasRules) C::check(*static_cast<C*>(object), check);
  }
  static constexpr ConfigBinding kBinding = {
      .make = []() -> std::shared_ptr<void> { return std::make_shared<C>(); },
      .decode = [](const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                   void* out) { instance().decode(value, type, decoder, *static_cast<C*>(out)); },
      .encode =
          [](const void* object, const ConfigType& type) {
            return instance().encode(*static_cast<const C*>(object), type);
          },
      .check = kHasRules ? &check_erased : nullptr,
  };

  static ConfigSchema make() {
    ConfigSchema schema;
    schema.type_.kind = ConfigKind::Shape;
    schema.type_.name = detail::type_name<C>();
    schema.type_.binding = &kBinding;
    C::describe(schema);
    const C defaults{};
    for (std::size_t i = 0; i < schema.bound_.size(); ++i) {
      ConfigField& field = schema.type_.fields[i];
      if (!field.required)
        detail::set_default(field, schema.bound_[i].encode(defaults, *field.type));
    }
    schema.published_ = std::make_shared<const ConfigType>(schema.type_);
    return schema;
  }

  ConfigType type_;
  ConfigTypePtr published_;
  std::vector<Bound> bound_;
  std::map<std::string, ConfigValue> C::* extra_ = nullptr;
};

/// A described struct inside another.
template <Config C>
struct ConfigCodec<C> {
  static ConfigType type() { return *ConfigSchema<C>::instance().type(); }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                     C& out) {
    if (value.is_map()) ConfigSchema<C>::instance().decode(value, type, decoder, out);
  }
  static ConfigValue encode(const C& object, const ConfigType& type) {
    return ConfigSchema<C>::instance().encode(object, type);
  }
};

/// The type of a config struct; built once, thread-safe.
template <Config C>
const ConfigTypePtr& config_type_of() {
  return ConfigSchema<C>::instance().type();
}

/// Read a document into a struct; see decode_erased.
template <Config C>
Result<C> decode_config(const ConfigValue& document,
                        const ConfigEnvironment& environment = process_environment()) {
  auto decoded = decode_erased(*config_type_of<C>(), document, environment);
  if (!decoded.ok()) return std::move(decoded).error();
  return *static_cast<const C*>(decoded->get());
}

/// The whole document of a struct, defaults included.
template <Config C>
ConfigValue encode_config(const C& config) {
  return encode_erased(*config_type_of<C>(), &config);
}

}  // namespace penstock

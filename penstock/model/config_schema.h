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
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "penstock/model/config_codec.h"
#include "penstock/model/user_code.h"

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
template <>
inline constexpr bool is_config_duration<Micros> = true;

template <class L>
concept OrderedLeaf =
    ConfigInteger<L> || std::floating_point<L> || std::same_as<L, Bytes> || is_config_duration<L>;
template <class L>
concept TextLeaf = std::same_as<L, std::string> || std::same_as<L, std::filesystem::path>;
template <class L>
concept ChoiceLeaf = OrderedLeaf<L> || TextLeaf<L>;

template <class T>
constexpr std::string_view type_name() {
  std::string_view all = __PRETTY_FUNCTION__;
  all.remove_prefix(all.find("T = ") + 4);
  all = all.substr(0, all.find_first_of(";]"));
  if (const auto colon = all.rfind("::"); colon != all.npos) all.remove_prefix(colon + 2);
  return all;
}

}  // namespace detail

/// What is said about one field, the same for all types of fields.
class ConfigFieldEditor {
 public:
  ConfigFieldEditor(std::vector<ConfigField>& fields, const ConfigAccess& access)
      : fields_(&fields), index_(fields.size() - 1), access_(&access) {}

 protected:
  void set_description(std::string_view text);
  void set_required();
  void add_alias(std::string_view name);
  void set_deprecated(std::string_view instead);
  void add_example(const void* value);
  void set_unit(std::string_view name);
  /// Bounds only ever become narrower.
  void narrow_min(ConfigValue min);
  void narrow_max(ConfigValue max);
  void set_choices(std::vector<ConfigValue> values);
  void set_pattern(std::string_view regex);
  void set_min_items(std::size_t count);
  void set_max_items(std::size_t count);
  void set_names(std::vector<ConfigEnumName> names);
  void set_alternatives(std::initializer_list<std::string_view> names);

 private:
  ConfigField& field() { return (*fields_)[index_]; }
  std::vector<ConfigField>* fields_;
  std::size_t index_;
  const ConfigAccess* access_;
};

/// Says more about one field; every function returns the builder. Constraints on a list, map or
/// optional hold for each item, except min_items and max_items.
template <class M>
class ConfigFieldBuilder : private ConfigFieldEditor {
 public:
  using Leaf = typename detail::ConfigLeafOf<M>::type;
  using ConfigFieldEditor::ConfigFieldEditor;

  /// Say what the field is for; one sentence, shown wherever the field is.
  ConfigFieldBuilder& describe(std::string_view text) {
    set_description(text);
    return *this;
  }
  /// The document must give the field; the member's initialiser is no default.
  ConfigFieldBuilder& required() {
    set_required();
    return *this;
  }
  /// Accept another name as well.
  ConfigFieldBuilder& alias(std::string_view name) {
    add_alias(name);
    return *this;
  }
  /// Warn who uses the field, with what to do instead.
  ConfigFieldBuilder& deprecated(std::string_view instead) {
    set_deprecated(instead);
    return *this;
  }
  /// Show a value in scaffolds, schemas and the page.
  ConfigFieldBuilder& example(const M& value) {
    add_example(&value);
    return *this;
  }
  /// Name the unit of a number, for people.
  ConfigFieldBuilder& unit(std::string_view name)
    requires detail::ConfigInteger<Leaf> || std::floating_point<Leaf>
  {
    set_unit(name);
    return *this;
  }
  /// The smallest allowed value.
  ConfigFieldBuilder& min(Leaf value)
    requires detail::OrderedLeaf<Leaf>
  {
    narrow_min(ordered(value));
    return *this;
  }
  /// The largest allowed value.
  ConfigFieldBuilder& max(Leaf value)
    requires detail::OrderedLeaf<Leaf>
  {
    narrow_max(ordered(value));
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
  ConfigFieldBuilder& pattern(std::string_view regex)
    requires detail::TextLeaf<Leaf>
  {
    set_pattern(regex);
    return *this;
  }
  /// The fewest items of a list or map.
  ConfigFieldBuilder& min_items(std::size_t count)
    requires(detail::ConfigLeafOf<M>::container)
  {
    set_min_items(count);
    return *this;
  }
  /// The most items of a list or map.
  ConfigFieldBuilder& max_items(std::size_t count)
    requires(detail::ConfigLeafOf<M>::container)
  {
    set_max_items(count);
    return *this;
  }
  /// The names of an enum's values in documents.
  ConfigFieldBuilder& names(std::initializer_list<std::pair<Leaf, std::string_view>> names)
    requires std::is_enum_v<Leaf>
  {
    std::vector<ConfigEnumName> known;
    for (const auto& [value, name] : names)
      known.push_back({std::string(name), static_cast<std::int64_t>(value)});
    set_names(std::move(known));
    return *this;
  }
  /// The names of a variant's structs in documents, in the variant's order.
  ConfigFieldBuilder& alternatives(std::initializer_list<std::string_view> names)
    requires detail::is_config_variant<Leaf>
  {
    set_alternatives(names);
    return *this;
  }

 private:
  static ConfigValue ordered(Leaf value) {
    if constexpr (std::same_as<Leaf, Bytes>) {
      return ConfigValue(value.count);
    } else if constexpr (detail::is_config_duration<Leaf>) {
      return ConfigValue(Micros::from(static_cast<long double>(value.count()) *
                                      ConfigCodec<Leaf>::Tick::num / 1000)
                             .count());
    } else {
      return ConfigCodec<Leaf>::encode(value, ConfigType{});
    }
  }

  template <class Range>
  ConfigFieldBuilder& allow(const Range& values) {
    const ConfigType unlimited;
    std::vector<ConfigValue> allowed;
    for (const auto& value : values)
      allowed.push_back(ConfigCodec<Leaf>::encode(Leaf(value), unlimited));
    set_choices(std::move(allowed));
    return *this;
  }
};

/// The C++ side of a shape that was made from a struct: how its fields are read and written. All
/// functions are thread-safe once it is made.
class ConfigBinding {
 public:
  ConfigBinding(const ConfigBinding&) = delete;
  ConfigBinding& operator=(const ConfigBinding&) = delete;

  const ConfigTypePtr& type() const { return published_; }
  // What follows calls code of the user: what that throws is an error.
  /// A default-constructed struct.
  Result<std::shared_ptr<void>> make() const;
  /// Read the fields that a checked document gives; the others keep their values.
  Status decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                void* out) const;
  /// The whole struct as a document.
  Result<ConfigValue> encode(const void* object, const ConfigType& type) const;
  bool has_rules() const { return bool(struct_.check); }
  /// The struct's own rules, which it must have.
  Status check(void* object, ConfigCheck& problems) const;

 protected:
  struct Struct {
    std::string_view name;
    const char* type_name;  ///< as typeid gives it
    UserPointer<void*()> create;
    void (*destroy)(const void*);
    UserPointer<void(void*, ConfigCheck&)> check;  ///< may be null
  };
  /// For codecs, which are called inside of decode() and encode().
  void decode_members(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                      void* out) const;
  ConfigValue encode_members(const void* object, const ConfigType& type) const;
  explicit ConfigBinding(const Struct& described);
  ~ConfigBinding() = default;
  /// The fields so far, after one that lies so many bytes from the struct's begin was added.
  std::vector<ConfigField>& add(std::string_view name, ConfigType type, const ConfigAccess& access,
                                std::ptrdiff_t offset);
  void set_description(std::string_view text);
  void let_pass_into(std::ptrdiff_t offset);
  /// End it: what the fields hold in `defaults` is their default.
  void publish(const void* defaults);

 private:
  Error of_struct(Error error, const char* what) const;
  struct Member {
    const ConfigAccess* access;
    std::ptrdiff_t offset;
  };
  const Struct struct_;
  ConfigType type_;
  ConfigTypePtr published_;
  std::vector<Member> members_;
  std::optional<std::ptrdiff_t> extra_;  // where keys that are not declared go
};

/// What a struct's describe() fills: its fields and how each is read and written.
template <class C>
class ConfigSchema : public ConfigBinding {
 public:
  /// Declare a field; its default is the member's value in a default-constructed C.
  template <class M, class B>
    requires std::derived_from<C, B>
  ConfigFieldBuilder<M> field(std::string_view name, M B::* member) {
    return {add(name, ConfigCodec<M>::type(), kConfigAccess<M>, offset_of(member)),
            kConfigAccess<M>};
  }
  /// Say what the struct as a whole is for.
  void describe(std::string_view text) { set_description(text); }
  /// Let unknown keys pass, into a member.
  template <class B>
    requires std::derived_from<C, B>
  void permissive(std::map<std::string, ConfigValue> B::* member) {
    let_pass_into(offset_of(member));
  }

  /// The schema of C, built on first use. Thread-safe.
  static const ConfigSchema& instance() {
    static const ConfigSchema schema;
    return schema;
  }

 private:
  friend struct ConfigCodec<C>;
  static constexpr bool kHasRules =
      requires(C& object, ConfigCheck& check) { C::check(object, check); };
  static void check_rules(void* object, ConfigCheck& check) {
    if constexpr (kHasRules) C::check(*static_cast<C*>(object), check);
  }

  ConfigSchema()
      : ConfigBinding({.name = detail::type_name<C>(),
                       .type_name = typeid(C).name(),
                       .create = []() -> void* { return new C(); },
                       .destroy = [](const void* object) { delete static_cast<const C*>(object); },
                       .check = kHasRules ? &check_rules : nullptr}) {
    C::describe(*this);
    publish(&defaults_);
  }
  template <class M, class B>
  std::ptrdiff_t offset_of(M B::* member) const {
    return reinterpret_cast<const char*>(&(defaults_.*member)) -
           reinterpret_cast<const char*>(&defaults_);
  }

  const C defaults_{};
};

/// A described struct inside another.
template <Config C>
struct ConfigCodec<C> {
  static ConfigType type() { return *ConfigSchema<C>::instance().type(); }
  static void decode(const ConfigValue& value, const ConfigType& type, ConfigDecoder& decoder,
                     C& out) {
    if (value.is_map()) ConfigSchema<C>::instance().decode_members(value, type, decoder, &out);
  }
  static ConfigValue encode(const C& object, const ConfigType& type) {
    return ConfigSchema<C>::instance().encode_members(&object, type);
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

/// The whole document of a struct, defaults included. For code of users: throws what codecs throw.
template <Config C>
ConfigValue encode_config(const C& config) {
  return encode_erased(*config_type_of<C>(), &config);
}

}  // namespace penstock

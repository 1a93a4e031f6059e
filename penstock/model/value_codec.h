// How values of a type are written down when they leave their process, and read back.
//
// There is a codec for numbers, bools, enums, text, paths, durations, Nothing, and for optionals,
// pairs, tuples, variants, vectors, arrays, sets, maps and plain structs of these. A type that is
// none of them gets one by two members, or by a specialisation of ValueCodec with these names:
//
//   void encode(ps::ByteWriter& out) const;
//   static T decode(ps::ByteReader& in);               // in.fail("…") when it cannot be read
//   static constexpr std::string_view kLayout = "2";   // optional: changes when what is written
//   does
//
// A type with `static constexpr bool kPortable = false` has none: its values stay in their process,
// as those of a struct that holds the number of an open file must.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "penstock/base/byte_archive.h"
#include "penstock/base/duration.h"
#include "penstock/base/result.h"
#include "penstock/model/fields.h"

namespace penstock {

/// The type of an output that carries no value: only order.
struct Nothing {};

namespace detail {

template <class T>
concept EncodesItself = requires(const T& value, ByteWriter& out, ByteReader& in) {
  value.encode(out);
  { T::decode(in) } -> std::same_as<T>;
};

template <class T>
concept Number = std::is_arithmetic_v<T> || std::is_enum_v<T>;

/// The types that a codec writes with codecs of their own.
template <class... E>
struct Elements {};

struct ListMembers {
  template <class... M>
  Elements<std::remove_cv_t<M>...> operator()(M&...) const;
};
/// The types of a plain struct's members.
template <class T>
using MembersOf = decltype(with_members(std::declval<T&>(), ListMembers()));

}  // namespace detail

/// Numbers, types that encode themselves, plain structs; see above.
template <class T>
struct ValueCodec {
  static constexpr bool kDefault = true;

  static void encode(ByteWriter& out, const T& value) {
    if constexpr (std::is_enum_v<T>)
      out.number(static_cast<std::underlying_type_t<T>>(value));
    else if constexpr (std::is_arithmetic_v<T>)
      out.number(value);
    else if constexpr (detail::EncodesItself<T>)
      value.encode(out);
    else
      detail::with_members(value, [&](const auto&... member) {
        (ValueCodec<std::remove_cvref_t<decltype(member)>>::encode(out, member), ...);
      });
  }
  static T decode(ByteReader& in) {
    if constexpr (std::is_enum_v<T>)
      return static_cast<T>(in.number<std::underlying_type_t<T>>());
    else if constexpr (std::is_arithmetic_v<T>)
      return in.number<T>();
    else if constexpr (detail::EncodesItself<T>)
      return T::decode(in);
    else
      return members(in, detail::MembersOf<T>());
  }

 private:
  template <class... M>
  static T members(ByteReader& in, detail::Elements<M...>) {
    return T{ValueCodec<M>::decode(in)...};  // in braces: in order
  }
};

template <>
struct ValueCodec<Nothing> {
  static constexpr std::string_view kLayout = "-";
  static void encode(ByteWriter&, const Nothing&) {}
  static Nothing decode(ByteReader&) { return {}; }
};

/// Of an Error: what a layer added to it stays where it was added.
template <>
struct ValueCodec<std::shared_ptr<const ErrorExtra>> {
  static constexpr std::string_view kLayout = "-";
  static void encode(ByteWriter&, const std::shared_ptr<const ErrorExtra>&) {}
  static std::shared_ptr<const ErrorExtra> decode(ByteReader&) { return {}; }
};

template <>
struct ValueCodec<std::string> {
  static constexpr std::string_view kLayout = "s";
  static void encode(ByteWriter& out, const std::string& value) { out.text(value); }
  static std::string decode(ByteReader& in) { return std::string(in.text()); }
};

template <>
struct ValueCodec<std::filesystem::path> {
  static constexpr std::string_view kLayout = "s";
  static void encode(ByteWriter& out, const std::filesystem::path& value) {
    out.text(value.native());
  }
  static std::filesystem::path decode(ByteReader& in) { return std::string(in.text()); }
};

template <class R, class P>
struct ValueCodec<std::chrono::duration<R, P>> {
  using Elements = detail::Elements<R>;
  static constexpr std::string_view kLayout = "t";
  static void encode(ByteWriter& out, std::chrono::duration<R, P> value) {
    out.number(value.count());
  }
  static std::chrono::duration<R, P> decode(ByteReader& in) {
    return std::chrono::duration<R, P>(in.number<R>());
  }
};
template <>
struct ValueCodec<Micros> : ValueCodec<std::chrono::microseconds> {
  static Micros decode(ByteReader& in) {
    return ValueCodec<std::chrono::microseconds>::decode(in);
  }
};

template <class E>
struct ValueCodec<std::optional<E>> {
  using Elements = detail::Elements<E>;
  static constexpr std::string_view kLayout = "?";
  static void encode(ByteWriter& out, const std::optional<E>& value) {
    out.number(value.has_value());
    if (value) ValueCodec<E>::encode(out, *value);
  }
  static std::optional<E> decode(ByteReader& in) {
    if (in.number<std::uint8_t>() == 0) return {};
    return ValueCodec<E>::decode(in);
  }
};

template <class A, class B>
struct ValueCodec<std::pair<A, B>> {
  using Elements = detail::Elements<A, B>;
  static constexpr std::string_view kLayout = "p";
  static void encode(ByteWriter& out, const std::pair<A, B>& value) {
    ValueCodec<A>::encode(out, value.first);
    ValueCodec<B>::encode(out, value.second);
  }
  static std::pair<A, B> decode(ByteReader& in) {
    return std::pair<A, B>{ValueCodec<A>::decode(in), ValueCodec<B>::decode(in)};
  }
};

template <class... E>
struct ValueCodec<std::tuple<E...>> {
  using Elements = detail::Elements<E...>;
  static constexpr std::string_view kLayout = "p";
  static void encode(ByteWriter& out, const std::tuple<E...>& value) {
    std::apply([&](const E&... element) { (ValueCodec<E>::encode(out, element), ...); }, value);
  }
  static std::tuple<E...> decode(ByteReader& in) {
    return std::tuple<E...>{ValueCodec<E>::decode(in)...};
  }
};

template <class... E>
struct ValueCodec<std::variant<E...>> {
  using Elements = detail::Elements<E...>;
  using Index = std::conditional_t<sizeof...(E) <= 256, std::uint8_t, std::uint32_t>;
  static constexpr std::string_view kLayout = "|";
  static void encode(ByteWriter& out, const std::variant<E...>& value) {
    out.number(static_cast<Index>(value.index()));
    std::visit([&]<class T>(const T& held) { ValueCodec<T>::encode(out, held); }, value);
  }
  static std::variant<E...> decode(ByteReader& in) {
    using Decode = std::variant<E...> (*)(ByteReader&);
    static constexpr Decode kDecode[] = {
        [](ByteReader& from) -> std::variant<E...> { return ValueCodec<E>::decode(from); }...};
    auto index = in.number<Index>();
    if (index >= sizeof...(E)) {
      in.fail("a variant without such an alternative");
      index = 0;
    }
    return kDecode[index](in);
  }
};

template <class E>
struct ValueCodec<std::vector<E>> {
  using Elements = detail::Elements<E>;
  static constexpr std::string_view kLayout = "*";
  /// Numbers lie side by side, so they are written and read as one block. Of a type without members
  /// each takes a byte, so that a count can be held against what follows.
  static constexpr bool kBlock = detail::Number<E> && !std::same_as<E, bool>;

  static void encode(ByteWriter& out, const std::vector<E>& values) {
    out.size(values.size());
    if constexpr (kBlock)
      out.block({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(E)});
    else
      for (const auto& value : values) {
        ValueCodec<E>::encode(out, value);
        if constexpr (std::is_empty_v<E>) out.number(std::uint8_t{0});
      }
  }
  static std::vector<E> decode(ByteReader& in) {
    std::vector<E> values;
    const auto count = in.count(kBlock ? sizeof(E) : 1);
    if constexpr (kBlock) {
      values.resize(count);
      const auto bytes = in.block(count * sizeof(E));
      if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    } else {
      for (std::size_t i = 0; i < count && in.ok(); ++i) {
        values.push_back(ValueCodec<E>::decode(in));
        if constexpr (std::is_empty_v<E>) in.number<std::uint8_t>();
      }
    }
    return values;
  }
};

template <class E, std::size_t N>
struct ValueCodec<std::array<E, N>> {
  using Elements = detail::Elements<E>;
  static constexpr std::string_view kLayout = "a";
  static constexpr std::size_t kCount = N;
  static void encode(ByteWriter& out, const std::array<E, N>& values) {
    for (const auto& value : values) ValueCodec<E>::encode(out, value);
  }
  static std::array<E, N> decode(ByteReader& in) {
    return decode(in, std::make_index_sequence<N>());
  }

 private:
  template <std::size_t... I>
  static std::array<E, N> decode(ByteReader& in, std::index_sequence<I...>) {
    return {{(void(I), ValueCodec<E>::decode(in))...}};
  }
};

template <class K, class V, class Less>
struct ValueCodec<std::map<K, V, Less>> {
  using Elements = detail::Elements<K, V>;
  static constexpr std::string_view kLayout = "m";
  static void encode(ByteWriter& out, const std::map<K, V, Less>& values) {
    out.size(values.size());
    for (const auto& [key, value] : values) {
      ValueCodec<K>::encode(out, key);
      ValueCodec<V>::encode(out, value);
    }
  }
  static std::map<K, V, Less> decode(ByteReader& in) {
    std::map<K, V, Less> values;
    const auto count = in.count(1);
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
      auto key = ValueCodec<K>::decode(in);
      values.insert_or_assign(std::move(key), ValueCodec<V>::decode(in));
    }
    return values;
  }
};

template <class E, class Less>
struct ValueCodec<std::set<E, Less>> {
  using Elements = detail::Elements<E>;
  static constexpr std::string_view kLayout = "*";
  static void encode(ByteWriter& out, const std::set<E, Less>& values) {
    out.size(values.size());
    for (const auto& value : values) ValueCodec<E>::encode(out, value);
  }
  static std::set<E, Less> decode(ByteReader& in) {
    std::set<E, Less> values;
    for (auto left = in.count(1); left > 0 && in.ok(); --left)
      values.insert(values.end(), ValueCodec<E>::decode(in));
    return values;
  }
};

namespace detail {

template <class T>
consteval bool stays_in_process() {
  if constexpr (requires { T::kPortable; })
    return !T::kPortable;
  else
    return false;
}

/// Whether there is a codec for T and all that it holds. `Seen` are the types around it: a type
/// that holds itself is asked once.
template <class T, class... Seen>
consteval bool is_portable();

template <class... Seen, class... E>
consteval bool are_portable(Elements<E...>) {
  return (is_portable<E, Seen...>() && ...);
}

template <class T, class... Seen>
consteval bool is_portable() {
  if constexpr ((std::same_as<T, Seen> || ...))
    return true;
  else if constexpr (stays_in_process<T>())
    return false;
  else if constexpr (requires { typename ValueCodec<T>::Elements; })
    return are_portable<Seen..., T>(typename ValueCodec<T>::Elements());
  else if constexpr (!requires { ValueCodec<T>::kDefault; })
    return true;
  else if constexpr (Number<T> || EncodesItself<T>)
    return true;
  else if constexpr (std::is_class_v<T> && member_count<T>() != kNotPlain)
    return are_portable<Seen..., T>(MembersOf<T>());
  else
    return false;
}

/// A layout while it is written: `{s,f8}` for a struct of a string and a double.
class LayoutText {
 public:
  void add(std::string_view part);
  void add_number(bool is_float, bool is_signed, std::size_t size);
  /// What is added until it is closed belongs to a type of this kind.
  void open(std::string_view kind);
  void close();
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  bool first_ = true;  // nothing stands before, in what was opened last
};

template <class T, class... Seen>
void write_layout(LayoutText& layout);

template <class... Seen, class... E>
void write_layouts(LayoutText& layout, std::string_view kind, Elements<E...>) {
  layout.open(kind);
  (write_layout<E, Seen...>(layout), ...);
  layout.close();
}

template <class T, class... Seen>
void write_layout(LayoutText& layout) {
  if constexpr ((std::same_as<T, Seen> || ...))
    layout.add("@");
  else if constexpr (requires { typename ValueCodec<T>::Elements; })
    write_layouts<Seen..., T>(layout, ValueCodec<T>::kLayout, typename ValueCodec<T>::Elements());
  else if constexpr (requires { ValueCodec<T>::kLayout; })
    layout.add(ValueCodec<T>::kLayout);
  else if constexpr (requires { T::kLayout; })
    layout.add(T::kLayout);
  else if constexpr (Number<T>)
    layout.add_number(std::is_floating_point_v<T>, std::is_signed_v<T>, sizeof(T));
  else if constexpr (!requires { ValueCodec<T>::kDefault; } || EncodesItself<T>)
    layout.add("own");
  else
    write_layouts<Seen..., T>(layout, "", MembersOf<T>());
}

/// What T looks like when it is written.
template <class T>
std::string layout_of() {
  LayoutText layout;
  write_layout<T>(layout);
  return layout.take();
}

}  // namespace detail

/// True when values of T can leave their process: to be stored, or to be worked on in another.
template <class T>
inline constexpr bool is_portable = detail::is_portable<T>();

}  // namespace penstock

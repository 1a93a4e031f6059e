// The members of plain structs, without macros: how many there are, and all of them at once.
//
// A struct is plain when it is an aggregate without base classes, references and C arrays, and has
// at most 24 members. Users do not include this.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace penstock::detail {

inline constexpr std::size_t kMaxMembers = 24;

/// Converts to anything that a member of T may be made from.
template <class T>
struct AnyMember {
  template <class U>
    requires(!std::is_same_v<std::remove_cvref_t<U>, T>)
  operator U() const;
};
/// Converts to base classes of T only.
template <class T>
struct AnyBase {
  template <class U>
    requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>)
  operator U() const;
};

template <class T, std::size_t>
using AnyMemberAt = AnyMember<T>;

template <class T, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
  return requires { T{AnyMemberAt<T, I>{}...}; };
}

/// True when the member after the first `I` is an array: it takes several values of its own in
/// braces, but then not as many follow as without the braces.
template <class T, std::size_t... I, std::size_t... Rest>
consteval bool array_after(std::index_sequence<I...>, std::index_sequence<Rest...>) {
  using Any = AnyMember<T>;
  if constexpr (requires { T{AnyMemberAt<T, I>{}..., {Any{}, Any{}}}; })
    return !requires { T{AnyMemberAt<T, I>{}..., {Any{}, Any{}}, AnyMemberAt<T, Rest>{}...}; };
  else
    return false;
}

template <class T, std::size_t Count, std::size_t... I>
consteval bool has_array(std::index_sequence<I...>) {
  return (
      array_after<T>(std::make_index_sequence<I>(), std::make_index_sequence<Count - I - 1>()) ||
      ...);
}

template <class T, std::size_t N = kMaxMembers + 1>
consteval std::size_t count_initializers() {
  if constexpr (N == 0 || takes<T>(std::make_index_sequence<N>()))
    return N;
  else
    return count_initializers<T, N - 1>();
}

inline constexpr std::size_t kNotPlain = std::size_t(-1);

/// The number of members of a plain struct, or kNotPlain.
template <class T>
consteval std::size_t member_count() {
  if constexpr (!std::is_aggregate_v<T> || std::is_array_v<T> || std::is_union_v<T>) {
    return kNotPlain;
  } else if constexpr (requires { T{AnyBase<T>{}}; }) {
    return kNotPlain;
  } else {
    constexpr auto kCount = count_initializers<T>();
    if constexpr (kCount > kMaxMembers || (kCount == 0 && !std::is_empty_v<T>))
      return kNotPlain;
    else
      return has_array<T, kCount>(std::make_index_sequence<kCount>()) ? kNotPlain : kCount;
  }
}

/// Call visit(member...) with all members of a plain struct.
template <class T, class F>
constexpr decltype(auto) with_members(T& object, F&& visit) {
  constexpr auto kCount = member_count<std::remove_const_t<T>>();
  // clang-format off
  if constexpr (kCount == 0) {
    return visit();
  } else if constexpr (kCount == 1) {
    auto& [a] = object;
    return visit(a);
  } else if constexpr (kCount == 2) {
    auto& [a, b] = object;
    return visit(a, b);
  } else if constexpr (kCount == 3) {
    auto& [a, b, c] = object;
    return visit(a, b, c);
  } else if constexpr (kCount == 4) {
    auto& [a, b, c, d] = object;
    return visit(a, b, c, d);
  } else if constexpr (kCount == 5) {
    auto& [a, b, c, d, e] = object;
    return visit(a, b, c, d, e);
  } else if constexpr (kCount == 6) {
    auto& [a, b, c, d, e, f] = object;
    return visit(a, b, c, d, e, f);
  } else if constexpr (kCount == 7) {
    auto& [a, b, c, d, e, f, g] = object;
    return visit(a, b, c, d, e, f, g);
  } else if constexpr (kCount == 8) {
    auto& [a, b, c, d, e, f, g, h] = object;
    return visit(a, b, c, d, e, f, g, h);
  } else if constexpr (kCount == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = object;
    return visit(a, b, c, d, e, f, g, h, i);
  } else if constexpr (kCount == 10) {
    auto& [a, b, c, d, e, f, g, h, i, j] = object;
    return visit(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (kCount == 11) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (kCount == 12) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l);
  } else if constexpr (kCount == 13) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m);
  } else if constexpr (kCount == 14) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  } else if constexpr (kCount == 15) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
  } else if constexpr (kCount == 16) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
  } else if constexpr (kCount == 17) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q);
  } else if constexpr (kCount == 18) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r);
  } else if constexpr (kCount == 19) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s);
  } else if constexpr (kCount == 20) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t);
  } else if constexpr (kCount == 21) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u);
  } else if constexpr (kCount == 22) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v);
  } else if constexpr (kCount == 23) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w);
  } else if constexpr (kCount == 24) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x] = object;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x);
  }
  // clang-format on
}

}  // namespace penstock::detail

// Conversions to a narrower integer that notice when the value does not fit.
//
// The only way in the engine to make a number narrower: tools/lint.py refuses plain casts there.
#pragma once

#include <concepts>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "penstock/base/result.h"

namespace penstock {

/// The value as a `To`; nothing when it does not fit. For numbers that come from outside.
template <std::integral To, std::integral From>
constexpr std::optional<To> try_narrow(From value) {
  if (!std::in_range<To>(value)) return {};
  return static_cast<To>(value);
}

/// The value as a `To`, where an earlier check or the size of memory bounds it; the program aborts
/// when it does not fit.
template <std::integral To, std::integral From>
constexpr To narrow(From value) {
  PENSTOCK_CHECK(std::in_range<To>(value), "a number is larger than its type can hold");
  return static_cast<To>(value);
}

/// The value as a `To`, or the nearest number that a `To` can hold.
template <std::integral To, std::integral From>
constexpr To saturate(From value) {
  if (std::cmp_less(value, std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
  if (std::cmp_greater(value, std::numeric_limits<To>::max()))
    return std::numeric_limits<To>::max();
  return static_cast<To>(value);
}

/// The number that stands for an enumerator.
template <class E>
  requires std::is_enum_v<E>
constexpr std::underlying_type_t<E> number_of(E value) {
  return static_cast<std::underlying_type_t<E>>(value);
}

/// The sum, or the nearest number that a `T` can hold.
template <std::integral T>
constexpr T saturating_add(T a, T b) {
  T sum{};
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
}

}  // namespace penstock

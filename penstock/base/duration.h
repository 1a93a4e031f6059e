// Lengths of time. Arithmetic stops at the largest and smallest length instead of overflowing.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "penstock/base/result.h"

namespace penstock {

namespace detail {

constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<std::int64_t>::min()
               : std::numeric_limits<std::int64_t>::max();
}
constexpr std::int64_t saturating_subtract(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b < 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}
template <std::integral A, std::integral B>
constexpr std::int64_t saturating_multiply(A a, B b) {
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a < 0) != (b < 0) ? std::numeric_limits<std::int64_t>::min()
                            : std::numeric_limits<std::int64_t>::max();
}

/// A duration of std::chrono that is a whole number of microseconds.
template <class Duration>
inline constexpr bool is_whole_micros = false;
template <std::integral Rep, class Period>
inline constexpr bool is_whole_micros<std::chrono::duration<Rep, Period>> =
    std::ratio_divide<Period, std::micro>::den == 1;

}  // namespace detail

/// A length of time in microseconds. Every std::chrono duration that is a whole number of
/// microseconds converts to it. What does not fit becomes max() or min(), also in sums, differences
/// and products, so that `now + limit` needs no check.
class Micros : public std::chrono::microseconds {
 public:
  constexpr Micros() : std::chrono::microseconds(0) {}
  template <std::integral Count>
  constexpr explicit Micros(Count count)
      : std::chrono::microseconds(detail::saturating_multiply(count, 1)) {}
  template <class Rep, class Period>
    requires(detail::is_whole_micros<std::chrono::duration<Rep, Period>>)
  constexpr Micros(std::chrono::duration<Rep, Period> length)
      : std::chrono::microseconds(detail::saturating_multiply(
            length.count(), std::ratio_divide<Period, std::micro>::num)) {}

  static constexpr Micros zero() { return Micros(); }
  static constexpr Micros max() { return Micros(std::numeric_limits<std::int64_t>::max()); }
  static constexpr Micros min() { return Micros(std::numeric_limits<std::int64_t>::min()); }
  /// The nearest length; NaN is none.
  static Micros from(long double microseconds);

  constexpr Micros& operator+=(Micros other) { return *this = *this + other; }
  constexpr Micros& operator-=(Micros other) { return *this = *this - other; }
  constexpr Micros operator-() const { return Micros() - *this; }

  friend constexpr Micros operator+(Micros a, Micros b) {
    return Micros(detail::saturating_add(a.count(), b.count()));
  }
  friend constexpr Micros operator-(Micros a, Micros b) {
    return Micros(detail::saturating_subtract(a.count(), b.count()));
  }
  template <std::integral Factor>
  friend constexpr Micros operator*(Micros a, Factor factor) {
    return Micros(detail::saturating_multiply(a.count(), factor));
  }
  template <std::integral Divisor>
  friend constexpr Micros operator/(Micros a, Divisor divisor) {
    return std::cmp_equal(divisor, -1) ? -a : Micros(a.count() / std::int64_t(divisor));
  }
  // Beside a std::chrono duration the operators of std::chrono would be chosen.
  template <class Rep, class Period>
  friend constexpr Micros operator+(Micros a, std::chrono::duration<Rep, Period> b) {
    return a + Micros(b);
  }
  template <class Rep, class Period>
  friend constexpr Micros operator+(std::chrono::duration<Rep, Period> a, Micros b) {
    return Micros(a) + b;
  }
  template <class Rep, class Period>
  friend constexpr Micros operator-(Micros a, std::chrono::duration<Rep, Period> b) {
    return a - Micros(b);
  }
  template <class Rep, class Period>
  friend constexpr Micros operator-(std::chrono::duration<Rep, Period> a, Micros b) {
    return Micros(a) - b;
  }
};

namespace detail {

/// A length of time as a text spells it: a number, and the nanoseconds of its unit.
struct SpelledDuration {
  long double number = 0;
  std::int64_t unit = 0;

  /// As a number of ticks of so many nanoseconds.
  long double in(std::int64_t tick) const;
};
/// Read `1.5 h`. Units: ns, us, ms, s, m or min, h, d, w; none means seconds. Nothing when the text
/// is something else; the number is finite.
std::optional<SpelledDuration> read_spelled_duration(std::string_view text);
/// The number as an integer, where a rounding error is all that it lacks; nothing when it has a
/// fraction. Beyond int64 it is the largest or smallest one.
std::optional<std::int64_t> whole_number(long double number);
/// So many ticks of so many nanoseconds, in the largest unit that spells them without fraction:
/// `90min`. What it gives is read back exactly.
std::string spell_duration(std::int64_t ticks, std::int64_t tick);

}  // namespace detail

/// A short length of time for people: `340 µs`, `12 ms`, `3.4 s`, `2 min 05 s`, `1 h 02 min`.
std::string format_duration(Micros duration);
/// Read a length of time as people type it: a number, whole or not, and ns, us, ms, s, m or min, h,
/// d or w; without a unit it is seconds. Config when it is not one, is negative, is not a whole
/// number of microseconds, or does not fit.
Result<Micros> parse_duration(std::string_view text);

}  // namespace penstock

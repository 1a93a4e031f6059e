// Ids as types: a RunId is never mistaken for another text or number.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "penstock/base/clock.h"
#include "penstock/base/result.h"

namespace penstock {

/// One run: a UUID of version 7, so that ids sort by the time they were made.
class RunId {
 public:
  RunId() = default;

  /// Make a new id: 48 bits of milliseconds, 74 random bits. Thread-safe.
  static RunId make(Time now);
  /// Make an id from given random bits, for tests and simulations.
  static RunId make(Time now, std::uint64_t random_high, std::uint64_t random_low);
  /// Read the 36-character text form.
  static Result<RunId> parse(std::string_view text);

  std::string to_string() const;
  /// The shortest form for tables: the last 8 hexadecimal digits.
  std::string short_text() const;
  bool empty() const { return high_ == 0 && low_ == 0; }
  std::uint64_t high() const { return high_; }
  std::uint64_t low() const { return low_; }

  friend auto operator<=>(const RunId&, const RunId&) = default;

 private:
  RunId(std::uint64_t high, std::uint64_t low) : high_(high), low_(low) {}
  std::uint64_t high_ = 0, low_ = 0;
};

}  // namespace penstock

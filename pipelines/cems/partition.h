// One unit of work: the hours of a state in a year, or of all states in a quarter.
#pragma once

#include <compare>
#include <string>

namespace cems {

/// A state-year, or a quarter of all states when `quarter` is set. Ordered by year, then state.
struct Partition {
  int year = 0;
  std::string state = {};  ///< upper case; empty for a quarter
  int quarter = 0;         ///< 1..4, or 0 for a state-year

  /// `year=2017,state=ID`, `year_quarter=2020q4`.
  std::string key() const;
  /// The last part of file names and the key among fanned-out steps: `2017-ID`, `2020q4`.
  std::string name() const;
  /// `year=2017, state=id`: how the descriptor of the archives puts it.
  std::string describe() const;

  friend auto operator<=>(const Partition&, const Partition&) = default;
};

}  // namespace cems

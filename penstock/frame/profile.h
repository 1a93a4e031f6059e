// What is in the columns of a frame: counts, ranges, means. Profiles of parts can be merged into
// that of the whole.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "penstock/base/json.h"
#include "penstock/base/result.h"
#include "penstock/frame/column.h"

namespace penstock {

/// A number of a column; an integer exactly.
struct ExactNumber {
  std::variant<std::int64_t, double> value = std::int64_t{0};

  /// The number, rounded where an integer has more than 53 bits.
  double rounded() const;
  friend bool operator==(const ExactNumber&, const ExactNumber&) = default;
  friend bool operator<(const ExactNumber& a, const ExactNumber& b) { return a.is_less(b); }

 private:
  bool is_less(const ExactNumber& other) const;
};

/// The sum of integers: `high` times 2^64, and `low`.
struct ExactSum {
  std::int64_t high = 0;
  std::uint64_t low = 0;

  void add(const ExactSum& other);
  double rounded() const;
  friend bool operator==(const ExactSum&, const ExactSum&) = default;
};

/// Statistics of one column, from which those of several parts can be computed.
///
/// Numbers are Bool, Int32, Int64, Float32 and Float64. NaN is counted, but not in the figures.
struct ColumnProfile {
  std::string name;
  DataType type = DataType::Int32;
  TimeUnit time_unit = TimeUnit::Milli;  ///< Timestamp only
  std::int64_t rows = 0;
  std::int64_t nulls = 0;
  std::int64_t nans = 0;

  std::optional<ExactNumber> min = {}, max = {};  ///< numbers only
  double sum = 0;                                 ///< numbers only; rounded
  ExactSum exact_sum = {};                        ///< Bool, Int32, Int64: the sum, exactly
  double mean = 0;                           ///< numbers only; 0 without values
  double m2 = 0;  ///< numbers only: sum of squared distances from the mean

  std::optional<std::int64_t> first = {}, last = {};  ///< Date and Timestamp: earliest, latest
  std::optional<std::string> min_text = {}, max_text = {};  ///< Text and Category, by bytes
  std::set<std::string, std::less<>> categories = {};       ///< Category: the texts that occur

  /// Values that are neither null nor NaN.
  std::int64_t values() const { return rows - nulls - nans; }
  /// Standard deviation of the values, of the population; 0 without values.
  double stddev() const;
  /// Take the rows of another part of the same column in.
  void merge(const ColumnProfile& other);
};

/// Statistics of all columns of a frame.
struct FrameProfile {
  std::int64_t rows = 0;
  std::vector<ColumnProfile> columns = {};

  /// The profile of a column, or null.
  const ColumnProfile* find(std::string_view name) const;
  /// Take another part of the same table in; InvalidData when names or types differ.
  Status merge(const FrameProfile& other);
};

/// Look at every column of a frame once. InvalidData when Frame::validate() says so.
Result<FrameProfile> profile_frame(const Frame& frame);
/// Look at rows `[first, first + count)` of one column.
Result<ColumnProfile> profile_column(const Field& field, const Column& column, std::int64_t first,
                                     std::int64_t count);

/// As shown to people and kept in events: times as RFC 3339, members that say nothing left out.
Json to_json(const ColumnProfile& profile);
Json to_json(const FrameProfile& profile);

}  // namespace penstock

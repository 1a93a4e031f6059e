// The hours of one partition as EPA reported them, typed and compact.
//
// More than half of all hours are idle and say nothing but that the unit stood still, and reported
// hours follow each other. So rows are kept as runs of consecutive hours of one unit and one kind,
// and only hours with measures take space in the columns, in binary64.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/frame/column.h>

#include "pipelines/cems/partition.h"
#include "pipelines/cems/source_columns.h"
#include "pipelines/cems/vocabulary.h"

namespace cems {

/// What identifies a unit in the source, as it is written there.
struct SourceUnit {
  std::int32_t plant = 0;  ///< ORISPL code
  std::string unit = {};
  std::string state = {};
  std::optional<std::int32_t> facility_id = {};  ///< prototype only
  std::optional<std::string> unit_id_epa = {};   ///< prototype only

  friend bool operator==(const SourceUnit&, const SourceUnit&) = default;
};

/// What the hours of a run have in common.
enum class RunKind : std::uint8_t {
  Idle,     ///< operating time 0, nothing else
  Empty,    ///< nothing, not even an operating time
  Measured  ///< anything else: the hours have rows in the columns
};

/// Consecutive hours of one unit.
struct HourRun {
  std::uint32_t unit = 0;  ///< index into RawHours::units
  std::int32_t hour = 0;   ///< the first, in local standard time: hours since 1970-01-01 00:00
  std::uint32_t count = 0;
  std::uint32_t first = 0;  ///< Measured: position of the first hour in the columns
  RunKind kind = RunKind::Idle;
  std::uint8_t month = 0;  ///< of the file, 1..12; 0 for a quarter
};

/// A null measure. No text is read as such.
inline constexpr double kNullMeasure = std::numeric_limits<double>::quiet_NaN();
/// A null code.
inline constexpr std::uint16_t kNullCode = 0xffff;

/// Where rows came from, for the file's metadata.
struct RawSource {
  std::string name;              ///< of the archive or the supplement
  std::string md5 = {};          ///< of the archive
  std::vector<int> months = {};  ///< read from it
};

/// The hours of a partition. Built by HourAppender, then read only.
struct RawHours {
  Partition partition;
  Layout layout = Layout::Current;
  std::vector<SourceUnit> units;                              ///< in order of first appearance
  std::vector<HourRun> runs;                                  ///< in file order
  std::array<penstock::Buffer<double>, kMeasures> measures;   ///< of measured hours
  std::array<penstock::Buffer<std::uint16_t>, kCodes> codes;  ///< of measured hours
  std::array<std::vector<std::string>, kCodes> code_texts;    ///< starts with kMeasurementCodes
  std::int64_t rows = 0;
  std::uint64_t csv_bytes = 0;

  std::vector<RawSource> sources;  ///< the archive
  std::vector<RawSource> supplements;
  std::vector<std::string> warnings;
  std::array<std::int64_t, kMeasures> bad_values = {};  ///< read as null by request

  const penstock::Buffer<double>& values(Measure measure) const {
    return measures[std::size_t(measure)];
  }
  /// Hours that have rows in the columns.
  std::size_t measured() const { return measures[0].size(); }
  /// Bytes held.
  std::uint64_t bytes() const;
  /// Whether all twelve months, or the quarter, are here.
  bool is_complete() const;
};

}  // namespace cems

// Turns batches of CSV columns into raw hours.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include <penstock/base/result.h>
#include <penstock/frame/csv.h>

#include "pipelines/cems/raw_hours.h"

namespace cems {

/// Appends the rows of one file after another to raw hours. One thread at a time.
///
/// Rows may come in any order; in the usual one, by unit and hour, a unit's hours become few runs.
class HourAppender {
 public:
  /// Append to `raw`, which lives longer; its layout says which columns the batches have.
  explicit HourAppender(RawHours& raw);

  /// Make room, so that `rows` measured hours in all never move the columns. Memory that is not
  /// used is never touched.
  void reserve(std::size_t rows);
  /// Begin a file; its dictionaries are its own.
  void start_file(int month);
  /// Append the rows of a batch that was read with csv_spec().
  penstock::Status append(const penstock::CsvBatch& batch);

 private:
  using UnitKey = std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t>;

  void classify(const penstock::CsvBatch& batch);
  void append_runs(const penstock::CsvBatch& batch);
  void append_measures(const penstock::CsvBatch& batch);
  penstock::Status append_codes(const penstock::CsvBatch& batch);
  penstock::Status learn_codes(std::size_t code, const penstock::Dictionary& dictionary);
  std::uint32_t unit_at(const penstock::CsvBatch& batch, std::int64_t row);
  std::uint32_t add_unit(SourceUnit unit);

  RawHours& raw_;
  std::uint8_t month_ = 0;
  bool starts_run_ = true;                       ///< the next row cannot continue a run
  std::map<UnitKey, std::uint32_t> file_units_;  ///< by the indices of this file's dictionaries
  std::map<std::pair<std::int32_t, std::string>, std::vector<std::uint32_t>> all_units_;
  std::array<std::vector<std::uint16_t>, kCodes> file_codes_;  ///< file's index -> ours
  std::vector<RunKind> kinds_;                                 ///< of the batch's rows
  std::vector<std::uint8_t> has_values_;  ///< one bit a row: any measure or code but operating time
  std::vector<std::uint32_t> measured_;   ///< rows of the batch with measures
};

}  // namespace cems

// Turns the cells of one column into typed values: the upper half of the CSV reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "penstock/base/result.h"
#include "penstock/frame/column.h"
#include "penstock/frame/csv.h"
#include "penstock/frame/detail/csv_blocks.h"

namespace penstock::detail {

/// Parses one declared column, block after block. One thread at a time.
class ColumnParser {
 public:
  explicit ColumnParser(const CsvColumn& column);
  virtual ~ColumnParser() = default;

  /// Make room for `rows` values in a column that may have been used before.
  void start(Column& column, std::size_t rows);
  /// Append the values of the cells; returns the number of the first bad row, or cells.rows.
  virtual std::size_t parse(const CellSlice& cells, Column& column) = 0;
  /// Append nulls: the file does not have the column.
  virtual void append_nulls(std::size_t rows, Column& column) = 0;
  /// Cut the column to the values that were appended.
  virtual void finish(Column& column);
  /// Why a cell cannot be read: the end of a message, and the error's kind.
  Error explain(const CellSlice& cells, std::size_t row) const;

  std::int64_t bad_values() const { return bad_values_; }

 protected:
  /// `cell` is raw: its quotes are doubled, as those of raw_nulls_.
  bool is_null(std::string_view cell) const {
    return cell.empty() ? empty_is_null_ : other_nulls_ && is_other_null(cell);
  }
  bool is_other_null(std::string_view cell) const;

  /// What `text` is not: `a number`, `MM-DD-YYYY`.
  virtual std::string expected(std::string_view text) const = 0;
  virtual void resize(Column& column, std::size_t rows) const = 0;

  CsvColumn column_;
  std::vector<std::string> raw_nulls_;
  bool empty_is_null_ = false, other_nulls_ = false;
  std::size_t size_ = 0;  ///< values so far
  std::int64_t bad_values_ = 0;
  std::int64_t nulls_ = 0;  ///< of the batch
};

/// The parser of a column; a Definition error for a type or a date format that cannot be read.
Result<std::unique_ptr<ColumnParser>> make_column_parser(const CsvColumn& column);

/// How a date format reads to people: `MM-DD-YYYY`.
std::string show_date_format(std::string_view format);

}  // namespace penstock::detail

// Reads delimited text (RFC 4180) into typed columns, a batch of rows at a time.
//
// Columns are found by their header text, never by position. Only declared columns are parsed, and
// every batch reuses the buffers of the one before, so that the cost of a row is the cost of its
// bytes. Whatever breaks the declaration is an error that names file, line and column.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "penstock/base/byte_source.h"
#include "penstock/base/result.h"
#include "penstock/frame/column.h"
#include "penstock/frame/scan.h"
#include "penstock/frame/schema.h"

namespace penstock {

/// One column that is wanted from a file.
struct CsvColumn {
  std::string name;                         ///< canonical; used in errors
  std::vector<std::string> spellings = {};  ///< accepted header texts; empty: the name itself
  DataType type = DataType::Text;           ///< any but Timestamp
  bool required = true;  ///< the header must have it; otherwise an absent column is all null
  bool nullable = true;  ///< false: a null cell is an error, and so is an absent column
  std::vector<std::string> null_texts = {""};  ///< cell texts that mean null
  std::string date_format =
      "%Y-%m-%d";  ///< of %Y %m %d and separators; months and days may be unpadded
  std::vector<std::string> dictionary = {};        ///< Category: texts with the first indices
  std::optional<std::int64_t> min = {}, max = {};  ///< Int32, Int64: inclusive range
  std::string expected = {};  ///< ends the error `"x" is not …`: `an hour from 0 to 23`
  bool bad_is_null = false;   ///< a cell that cannot be parsed becomes null and is counted
};

/// The columns that are wanted from a file.
struct CsvSpec {
  std::vector<CsvColumn> columns = {};
  bool trim = false;  ///< ignore blanks and tabs around header texts and cells; slower
};

/// How a file is read.
struct CsvOptions {
  std::string shown_name = "csv";  ///< the file's name in errors
  std::size_t batch_rows = 8192;   ///< most rows in a batch; at least 1
  std::optional<ScanKernel> kernel =
      {};  ///< forced, for tests; otherwise the fastest for this machine
  /// A longer row is an error; its line feed does not count. At most 1 GiB.
  std::size_t max_row_bytes = std::size_t(16) << 20;
};

/// Some rows of a file: one column per CsvColumn, in the order of the spec.
///
/// Hand the same batch to every next() so that its buffers are reused. Null cells hold 0. The
/// dictionary of a Category column only ever grows: indices stay valid over all batches of a
/// reader.
struct CsvBatch {
  std::vector<Column> columns;
  std::int64_t rows = 0;
  std::int64_t first_line = 0;  ///< physical line of the first row; the header is line 1
};

/// Reads one file. One thread at a time.
///
/// Errors have ErrorCode::InvalidData and a kind: `header_invalid`, `row_invalid`, `value_invalid`
/// or `date_invalid`; those of the source are passed on. After an error every next() repeats it.
class CsvReader {
 public:
  /// Chooses the spec once the header is known, so that one file may have several dialects.
  using ChooseSpec = std::function<Result<CsvSpec>(const std::vector<std::string>& header)>;

  /// Read the header and match it with the spec.
  static Result<CsvReader> open(std::unique_ptr<ByteSource> source, CsvSpec spec,
                                CsvOptions options = {});
  /// Read the header, ask for the spec that belongs to it, and match both.
  static Result<CsvReader> open_by_header(std::unique_ptr<ByteSource> source,
                                          const ChooseSpec& choose, CsvOptions options = {});
  CsvReader(CsvReader&&) noexcept;
  CsvReader& operator=(CsvReader&&) noexcept;
  ~CsvReader();

  /// Fill the batch with the next rows, at most batch_rows; false at the end of the file.
  Result<bool> next(CsvBatch& batch);

  /// The header texts as they stand in the file.
  const std::vector<std::string>& header() const;
  const CsvSpec& spec() const;
  /// Header texts that no declared column accepts, in file order.
  const std::vector<std::string>& ignored_columns() const;
  /// True when the header has the spec's column `column`.
  bool has_column(std::size_t column) const;
  /// Rows read so far.
  std::int64_t rows() const;
  /// Cells of the spec's column that became null because of bad_is_null.
  std::int64_t bad_values(std::size_t column) const;

 private:
  struct Impl;
  explicit CsvReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace penstock

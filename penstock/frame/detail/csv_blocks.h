// Cuts a byte source into blocks of whole rows with an index of their cells: the lower half of the
// CSV reader. It knows quotes, line ends and the number of cells, not columns or types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/byte_source.h"
#include "penstock/base/result.h"
#include "penstock/frame/column.h"
#include "penstock/frame/csv.h"

namespace penstock::detail {

/// The cells of one column over some rows of a block. Cheap to copy; valid as long as the block.
struct CellSlice {
  const char* text = nullptr;
  const std::uint32_t* before =
      nullptr;  ///< position of the separator in front of the first row's cell
  const std::uint32_t* end = nullptr;  ///< and of the one behind it
  std::size_t stride = 0;              ///< from a row to the next in both
  std::size_t rows = 0;
  bool trim = false;
  bool doubled_quotes = false;  ///< some cell of the block has `""` inside
  bool non_ascii = false;       ///< some byte of the block is not ASCII
  /// For each row, how many rows from it on are known to have the same cell; null: nothing is
  /// known.
  const std::uint32_t* runs = nullptr;

  /// What stands between the separators, without its quotes; doubled quotes still doubled.
  std::string_view raw(std::size_t row) const {
    const char* from = text + std::uint32_t(before[row * stride] + 1);
    const char* to = text + end[row * stride];
    const bool quoted = *from == '"';
    from += quoted;
    to -= quoted;
    std::string_view cell(from, std::size_t(to - from));
    if (trim) [[unlikely]]
      cell = without_blanks(cell);
    return cell;
  }
  static std::string_view without_blanks(std::string_view cell);
};

/// The text of a raw cell, with doubled quotes made single.
std::string unescape(std::string_view raw);
/// The raw cell of a text: quotes are doubled.
std::string escape(std::string_view text);

/// Rows that repeat the front or the back of the row before them, cell for cell: hours of a unit
/// that stands still, lines of one customer. Found for the whole block at once, they are parsed
/// once.
struct RowRepeats {
  std::size_t front = 0;  ///< cells below this number are compared
  std::size_t back = 0;   ///< and cells from this number on
  Buffer<std::uint32_t> front_runs, back_runs;

  /// Look at some rows and choose what to compare; then compare all.
  void find(const char* text, const std::uint32_t* ends, std::size_t cells, std::size_t rows);
};

/// Some whole rows. Valid until the next call of the reader that gave it.
struct CsvBlock {
  const char* text = nullptr;
  const std::uint32_t* ends = nullptr;  ///< of cell c of row r at [r * cells + c]; ends[-1] is ~0
  const std::uint32_t* last_bounds =
      nullptr;  ///< before and end of each row's last cell, without CR
  const RowRepeats* repeats = nullptr;
  std::size_t cells = 0, rows = 0;
  std::int64_t first_line = 0;
  bool doubled_quotes = false, non_ascii = false, quoted_lines = false;

  /// The cells of a column from `row` on, `count` rows.
  CellSlice slice(std::size_t column, std::size_t row, std::size_t count) const;
  /// The physical line on which a row starts.
  std::int64_t line_of(std::size_t row) const;
};

/// Reads blocks. One thread at a time.
class CsvBlockReader {
 public:
  CsvBlockReader(std::unique_ptr<ByteSource> source, const CsvOptions& options);

  /// Read the header; first of all, and once.
  Result<std::vector<std::string>> read_header();
  /// Read the next block of at least one row; false at the end of the file.
  Result<bool> next(CsvBlock& block);

 private:
  Status fill();
  void compact();
  Error row_error(std::int64_t line, const std::string& what) const;
  bool index_rows();
  Status inspect_rows();
  Status skip_blank_lines();
  Status check_lengths();
  Status need_more() const;
  Error header_error(const std::string& what) const;
  Error too_long(std::int64_t line) const;

  std::unique_ptr<ByteSource> source_;
  CsvOptions options_;
  ScanKernel kernel_;
  Buffer<char> buffer_;
  Buffer<std::uint32_t> positions_;  ///< [0] is the separator before the text
  Buffer<std::uint32_t> last_bounds_;
  RowRepeats repeats_;
  ScanIndex index_;
  std::size_t room_ = 0;      ///< bytes of text that the buffer takes
  std::size_t size_ = 0;      ///< bytes of text in it
  std::size_t consumed_ = 0;  ///< of these, handed out
  std::size_t cells_ = 0;
  std::size_t rows_ = 0;   ///< good rows at the front of the text
  std::int64_t line_ = 1;  ///< of the first byte of the text
  std::int64_t consumed_lines_ = 0;
  std::int64_t blank_line_ = 0;  ///< of a blank line that must be the end, or 0
  bool source_ended_ = false;
};

}  // namespace penstock::detail

#include "penstock/frame/detail/csv_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "penstock/base/text.h"
#include "penstock/base/utf8.h"

namespace penstock::detail {
namespace {

// One read: small enough that text, index and columns of a block stay in the second-level cache.
constexpr std::size_t kReadBytes = std::size_t(1) << 17;

/// What a careful look at one row finds.
struct RowLook {
  std::size_t cells = 1;
  std::size_t misplaced = 0;  ///< number of the cell with a misplaced quote, or 0
  std::size_t opened = 0;     ///< position of the last opening quote
  std::size_t end = 0;        ///< position behind the row's line feed
  std::size_t lines = 0;      ///< line feeds in the row
  bool complete = false;      ///< its line feed was found
};

/// Whether a quote that closes a cell may stand in front of `at`.
bool ends_cell(std::string_view text, std::size_t at) {
  if (at >= text.size() || text[at] == ',' || text[at] == '\n') return true;
  return text[at] == '\r' && (at + 1 >= text.size() || text[at + 1] == '\n');
}

/// Walk over one row byte by byte, up to its end or to a misplaced quote.
RowLook look_at_row(std::string_view text, std::size_t at) {
  RowLook look;
  bool cell_start = true, quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    look.lines += c == '\n';
    const bool starts = cell_start;
    cell_start = false;
    if (quoted) {
      if (c != '"') continue;
      if (at + 1 < text.size() && text[at + 1] == '"') {
        ++at;
        continue;
      }
      quoted = false;
      if (!ends_cell(text, at + 1)) look.misplaced = look.cells;
    } else if (c == '"') {
      quoted = starts;
      look.opened = at;
      if (!starts) look.misplaced = look.cells;
    } else if (c == ',') {
      ++look.cells;
      cell_start = true;
    } else if (c == '\n') {
      look.end = at + 1;
      look.complete = true;
      return look;
    }
    if (look.misplaced != 0) return look;
  }
  return look;
}

}  // namespace

std::string_view CellSlice::without_blanks(std::string_view cell) {
  while (!cell.empty() && (cell.front() == ' ' || cell.front() == '\t')) cell.remove_prefix(1);
  while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\t')) cell.remove_suffix(1);
  return cell;
}

std::string unescape(std::string_view raw) {
  std::string text;
  for (std::size_t i = 0; i < raw.size(); i += raw[i] == '"' ? 2 : 1) text += raw[i];
  return text;
}

std::string escape(std::string_view text) {
  std::string raw;
  for (const char c : text) raw.append(c == '"' ? 2 : 1, c);
  return raw;
}

CellSlice CsvBlock::slice(std::size_t column, std::size_t row, std::size_t count) const {
  CellSlice slice{.text = text,
                  .stride = cells,
                  .rows = count,
                  .doubled_quotes = doubled_quotes,
                  .non_ascii = non_ascii};
  if (column + 1 == cells) {
    slice.before = last_bounds + 2 * row;
    slice.stride = 2;
    slice.end = slice.before + 1;
  } else {
    slice.end = ends + row * cells + column;
    slice.before = slice.end - 1;
  }
  if (column < repeats->front) slice.runs = repeats->front_runs.data() + row;
  if (column >= repeats->back) slice.runs = repeats->back_runs.data() + row;
  return slice;
}

std::int64_t CsvBlock::line_of(std::size_t row) const {
  if (!quoted_lines) return first_line + std::int64_t(row);
  const std::size_t start = row == 0 ? 0 : std::size_t(ends[row * cells - 1]) + 1;
  return first_line + std::count(text, text + start, '\n');
}

CsvBlockReader::CsvBlockReader(std::unique_ptr<ByteSource> source, const CsvOptions& options)
    : source_(std::move(source)),
      options_(options),
      kernel_(options.kernel.value_or(best_scan_kernel())) {}

Error CsvBlockReader::row_error(std::int64_t line, const std::string& what) const {
  return make_error(ErrorCode::InvalidData,
                    fmt::format("{} line {}: {}", options_.shown_name, line, what), "row_invalid");
}

void CsvBlockReader::compact() {
  if (consumed_ == 0) return;
  std::memmove(buffer_.data(), buffer_.data() + consumed_, size_ - consumed_);
  size_ -= consumed_;
  line_ += consumed_lines_;
  consumed_ = 0;
  consumed_lines_ = 0;
}

/// Fill the buffer to its brim, or to the end of the source, whose last line gets a line feed.
Status CsvBlockReader::fill() {
  if (room_ < size_ + kReadBytes / 2) {
    room_ = std::max(2 * size_, kReadBytes);
    buffer_.resize(room_ + 1 + kScanPadding);
    positions_.resize(room_ + 16);
  }
  while (!source_ended_ && size_ < room_) {
    const std::span<char> into(buffer_.data() + size_, room_ - size_);
    const std::size_t got = PENSTOCK_TRY(source_->read(into));
    size_ += got;
    source_ended_ = got == 0;
    if (source_ended_ && size_ > 0 && buffer_[size_ - 1] != '\n') buffer_[size_++] = '\n';
  }
  std::memset(buffer_.data() + size_, 0, kScanPadding);
  positions_[0] = ~std::uint32_t(0);
  index_.positions = positions_.data() + 1;
  scan(kernel_, buffer_.data(), size_, index_);
  return {};
}

/// After a fill without a whole row: an error unless more text may complete it.
Status CsvBlockReader::need_more() const {
  if (source_ended_) {
    const RowLook look = look_at_row({buffer_.data(), size_}, 0);
    return row_error(line_ + std::count(buffer_.data(), buffer_.data() + look.opened, '\n'),
                     "a quote is opened and never closed");
  }
  if (size_ > options_.max_row_bytes) return too_long(line_);
  return {};
}

Error CsvBlockReader::too_long(std::int64_t line) const {
  constexpr auto kText = "a row of more than {} (max_row_bytes); is a quote not closed?";
  return row_error(line, fmt::format(kText, format_bytes(options_.max_row_bytes)));
}

/// Whole rows may be too long as well, where the buffer holds more than one may have. Rows in front
/// of such a row are kept.
Status CsvBlockReader::check_lengths() {
  if (size_ <= options_.max_row_bytes) return {};
  std::size_t start = 0;
  for (std::size_t row = 0; row < rows_; ++row) {
    const std::size_t end = index_.positions[(row + 1) * cells_ - 1];
    if (end - start > options_.max_row_bytes) {
      if (row == 0) return too_long(line_);
      rows_ = row;
      return {};
    }
    start = end + 1;
  }
  return {};
}

Error CsvBlockReader::header_error(const std::string& what) const {
  return make_error(ErrorCode::InvalidData, options_.shown_name + ": " + what, "header_invalid");
}

Result<std::vector<std::string>> CsvBlockReader::read_header() {
  PENSTOCK_TRY(fill());
  if (std::string_view(buffer_.data(), size_).starts_with("\xEF\xBB\xBF")) {
    consumed_ = 3;
    compact();
    PENSTOCK_TRY(fill());
  }
  if (size_ == 0) return header_error("no header; the file is empty");
  while (index_.rows == 0) {
    PENSTOCK_TRY(need_more());
    PENSTOCK_TRY(fill());
  }
  const std::string_view text(buffer_.data(), size_);
  const RowLook look = look_at_row(text, 0);
  if (!look.complete) return header_error("the header has a misplaced quote");
  if (!is_utf8(text.substr(0, look.end))) return header_error("the header is not UTF-8");
  std::size_t end = look.end - 1;
  if (end > options_.max_row_bytes) return too_long(1);
  if (end > 0 && text[end - 1] == '\r') --end;
  if (end == 0) return header_error("no header; the first line is empty");
  cells_ = look.cells;
  index_.positions[cells_ - 1] = std::uint32_t(end);
  const CellSlice names{text.data(), positions_.data(), index_.positions, 1, cells_};
  std::vector<std::string> header;
  for (std::size_t i = 0; i < cells_; ++i) header.push_back(unescape(names.raw(i)));
  consumed_ = look.end;
  consumed_lines_ = std::int64_t(look.lines);
  return header;
}

/// Check the shape of all rows of the index; false when one needs a careful look.
bool CsvBlockReader::index_rows() {
  rows_ = index_.count / cells_;
  if (index_.rows != rows_ || index_.misplaced_quote) return false;
  last_bounds_.resize(std::max(last_bounds_.size(), 2 * rows_));
  const char* const text = buffer_.data();
  const std::uint32_t* last = index_.positions + cells_ - 1;
  std::size_t wrong = 0;
  for (std::size_t row = 0; row < rows_; ++row, last += cells_) {
    wrong += text[*last] != '\n';
    last_bounds_[2 * row] = last[-1];
    last_bounds_[2 * row + 1] = *last - (*last > last[-1] + 1 && text[*last - 1] == '\r');
  }
  return wrong == 0;
}

/// Keep the good rows in front of the first bad one; with none in front, say what is wrong with it.
Status CsvBlockReader::inspect_rows() {
  const std::string_view text(buffer_.data(), size_);
  RowLook look;
  std::size_t good = 0;
  for (std::size_t at = 0; at < size_; at = look.end, ++good) {
    look = look_at_row(text, at);
    if (look.misplaced != 0 || !look.complete || look.cells != cells_) break;
  }
  index_.count = good * cells_;
  index_.rows = good;
  index_.misplaced_quote = false;
  index_rows();
  if (good > 0 || (look.misplaced == 0 && !look.complete)) return {};
  if (look.misplaced != 0)
    return row_error(line_, fmt::format("cell {} has a misplaced quote; a quote inside of a quoted "
                                        "cell is doubled",
                                        look.misplaced));
  if (text.find_first_not_of("\r\n") < look.end)
    return row_error(line_, fmt::format("{} cells, expected {}", look.cells, cells_));
  blank_line_ = line_;
  return {};
}

/// Blank lines may only stand at the end of the file.
Status CsvBlockReader::skip_blank_lines() {
  const std::string_view text(buffer_.data(), size_);
  consumed_ = std::min(text.find_first_not_of("\r\n"), size_);
  consumed_lines_ = std::count(text.begin(), text.begin() + std::ptrdiff_t(consumed_), '\n');
  if (consumed_ < size_)
    return row_error(blank_line_, fmt::format("an empty line, expected {} cells", cells_));
  return {};
}

Result<bool> CsvBlockReader::next(CsvBlock& block) {
  for (rows_ = 0; rows_ == 0;) {
    compact();
    PENSTOCK_TRY(fill());
    if (size_ == 0) return false;
    if (blank_line_ == 0 && !index_rows()) PENSTOCK_TRY(inspect_rows());
    if (blank_line_ != 0) {
      PENSTOCK_TRY(skip_blank_lines());
    } else if (rows_ == 0) {
      PENSTOCK_TRY(need_more());
    }
  }
  PENSTOCK_TRY(check_lengths());
  repeats_.find(buffer_.data(), index_.positions, cells_, rows_);
  block = {
      buffer_.data(), index_.positions,      last_bounds_.data(), &repeats_,          cells_, rows_,
      line_,          index_.doubled_quotes, index_.non_ascii,    index_.quoted_lines};
  consumed_ = std::size_t(index_.positions[rows_ * cells_ - 1]) + 1;
  consumed_lines_ = index_.quoted_lines
                        ? std::count(buffer_.data(), buffer_.data() + consumed_, '\n')
                        : std::int64_t(rows_);
  return true;
}

}  // namespace penstock::detail

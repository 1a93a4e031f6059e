#include "penstock/frame/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "penstock/base/text.h"
#include "penstock/frame/detail/csv_blocks.h"
#include "penstock/frame/detail/csv_columns.h"

namespace penstock {
namespace {

constexpr std::size_t kAbsent = ~std::size_t(0);

/// For each column of the spec its position in the header, or kAbsent; and what is left over.
struct HeaderMatch {
  std::vector<std::size_t> positions;
  std::vector<std::string> ignored;
};

std::vector<std::string> spellings_of(const CsvColumn& column) {
  return column.spellings.empty() ? std::vector<std::string>{column.name} : column.spellings;
}

std::string quote_all(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const auto& text : texts) quoted.push_back(quote(text));
  return join(quoted, ", ");
}

/// The position of the one header cell that the column accepts, kAbsent when there is none.
Result<std::size_t> find_column(const std::vector<std::string>& header, const CsvColumn& column) {
  const auto spellings = spellings_of(column);
  std::vector<std::string> found;
  std::size_t position = kAbsent;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (std::ranges::find(spellings, header[i]) == spellings.end()) continue;
    found.push_back(header[i]);
    position = i;
  }
  if (found.size() > 1)
    return make_error(ErrorCode::InvalidData,
                      fmt::format("{} columns for {}: {}; expected one", found.size(), column.name,
                                  quote_all(found)));
  if (found.empty() && (column.required || !column.nullable))
    return make_error(ErrorCode::InvalidData,
                      fmt::format("no column for {}{}; accepted: {}", column.name,
                                  column.required ? "" : ", which must have a value in each row",
                                  quote_all(spellings)));
  return position;
}

/// The most bytes of a row, whatever is asked for: positions in a block are counted in 32 bits.
constexpr std::size_t kMostRowBytes = std::size_t(1) << 30;

Status check_options(const CsvOptions& options) {
  const auto refuse = [&](const std::string& what) {
    return make_error(ErrorCode::Definition, fmt::format("{}: {}", options.shown_name, what));
  };
  if (options.batch_rows == 0) return refuse("batch_rows is 0; expected at least 1");
  if (options.max_row_bytes == 0 || options.max_row_bytes > kMostRowBytes)
    return refuse(fmt::format("max_row_bytes is {}; expected 1 to {}", options.max_row_bytes,
                              kMostRowBytes));
  return {};
}

/// Cells are compared without the blanks around them, and so is what they are compared with.
void trim_texts(std::vector<std::string>& header, CsvSpec& spec) {
  const auto trim_all = [](std::vector<std::string>& texts) {
    for (auto& text : texts) text = std::string(detail::CellSlice::without_blanks(text));
  };
  trim_all(header);
  for (auto& column : spec.columns) {
    if (column.spellings.empty()) column.spellings = {column.name};
    trim_all(column.spellings);
    trim_all(column.null_texts);
  }
}

Result<HeaderMatch> match_header(const std::vector<std::string>& header, const CsvSpec& spec) {
  HeaderMatch match;
  std::vector<bool> used(header.size(), false);
  for (const auto& column : spec.columns) {
    match.positions.push_back(PENSTOCK_TRY(find_column(header, column)));
    if (match.positions.back() != kAbsent) used[match.positions.back()] = true;
  }
  for (std::size_t i = 0; i < header.size(); ++i)
    if (!used[i]) match.ignored.push_back(header[i]);
  return match;
}

}  // namespace

struct CsvReader::Impl {
  Impl(std::unique_ptr<ByteSource> source, CsvOptions options)
      : options_(std::move(options)), blocks_(std::move(source), options_) {}

  Status open(const ChooseSpec& choose);
  Result<bool> next(CsvBatch& batch);
  Result<bool> fill(CsvBatch& batch);
  Status parse_rows(CsvBatch& batch, std::size_t rows);
  Error cell_error(std::size_t column, std::size_t row) const;
  detail::CellSlice slice(std::size_t column, std::size_t rows) const;

  CsvOptions options_;
  CsvSpec spec_;
  detail::CsvBlockReader blocks_;
  std::vector<std::string> header_;
  HeaderMatch match_;
  std::vector<std::unique_ptr<detail::ColumnParser>> parsers_;
  detail::CsvBlock block_;
  std::size_t block_row_ = 0;  ///< first row of the block that no batch has yet
  std::int64_t rows_ = 0;
  std::optional<Error> failure_;
};

Status CsvReader::Impl::open(const ChooseSpec& choose) {
  PENSTOCK_TRY(check_options(options_));
  header_ = PENSTOCK_TRY(blocks_.read_header());
  spec_ = PENSTOCK_TRY(choose(header_));
  if (spec_.trim) trim_texts(header_, spec_);
  auto match = match_header(header_, spec_);
  if (!match.ok())
    return make_error(ErrorCode::InvalidData, options_.shown_name + ": " + match.error().message,
                      "header_invalid");
  match_ = *std::move(match);
  for (const auto& column : spec_.columns)
    parsers_.push_back(PENSTOCK_TRY(detail::make_column_parser(column)));
  return {};
}

detail::CellSlice CsvReader::Impl::slice(std::size_t column, std::size_t rows) const {
  auto cells = block_.slice(match_.positions[column], block_row_, rows);
  cells.trim = spec_.trim;
  return cells;
}

Error CsvReader::Impl::cell_error(std::size_t column, std::size_t row) const {
  Error error = parsers_[column]->explain(slice(column, row + 1), row);
  error.message =
      fmt::format("{} line {}, {}: {}", options_.shown_name, block_.line_of(block_row_ + row),
                  spec_.columns[column].name, error.message);
  return error;
}

/// Append rows of the block to the batch, a column at a time; the first bad row is the error.
Status CsvReader::Impl::parse_rows(CsvBatch& batch, std::size_t rows) {
  std::size_t good = rows, bad_column = 0;
  for (std::size_t column = 0; column < parsers_.size(); ++column) {
    if (match_.positions[column] == kAbsent) {
      parsers_[column]->append_nulls(good, batch.columns[column]);
      continue;
    }
    const std::size_t parsed = parsers_[column]->parse(slice(column, good), batch.columns[column]);
    if (parsed == good) continue;
    good = parsed;
    bad_column = column;
  }
  if (good < rows) return cell_error(bad_column, good);
  return {};
}

Result<bool> CsvReader::Impl::fill(CsvBatch& batch) {
  std::size_t filled = 0;
  while (filled < options_.batch_rows) {
    if (block_row_ == block_.rows) {
      block_row_ = 0;
      block_.rows = 0;
      if (!PENSTOCK_TRY(blocks_.next(block_))) break;
    }
    const std::size_t rows = std::min(block_.rows - block_row_, options_.batch_rows - filled);
    if (filled == 0) batch.first_line = block_.line_of(block_row_);
    PENSTOCK_TRY(parse_rows(batch, rows));
    filled += rows;
    block_row_ += rows;
  }
  batch.rows = std::int64_t(filled);
  return filled > 0;
}

Result<bool> CsvReader::Impl::next(CsvBatch& batch) {
  if (failure_) return *failure_;
  batch.columns.resize(parsers_.size());
  for (std::size_t i = 0; i < parsers_.size(); ++i)
    parsers_[i]->start(batch.columns[i], options_.batch_rows);
  auto more = fill(batch);
  if (!more.ok()) {
    batch.rows = 0;
    failure_ = more.error();
    return *failure_;
  }
  for (std::size_t i = 0; i < parsers_.size(); ++i) parsers_[i]->finish(batch.columns[i]);
  rows_ += batch.rows;
  return more;
}

CsvReader::CsvReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;
CsvReader::~CsvReader() = default;

Result<CsvReader> CsvReader::open(std::unique_ptr<ByteSource> source, CsvSpec spec,
                                  CsvOptions options) {
  return open_by_header(
      std::move(source),
      [&](const std::vector<std::string>&) -> Result<CsvSpec> { return std::move(spec); },
      std::move(options));
}

Result<CsvReader> CsvReader::open_by_header(std::unique_ptr<ByteSource> source,
                                            const ChooseSpec& choose, CsvOptions options) {
  auto impl = std::make_unique<Impl>(std::move(source), std::move(options));
  PENSTOCK_TRY(impl->open(choose));
  return CsvReader(std::move(impl));
}

Result<bool> CsvReader::next(CsvBatch& batch) { return impl_->next(batch); }
const std::vector<std::string>& CsvReader::header() const { return impl_->header_; }
const CsvSpec& CsvReader::spec() const { return impl_->spec_; }
const std::vector<std::string>& CsvReader::ignored_columns() const { return impl_->match_.ignored; }
bool CsvReader::has_column(std::size_t column) const {
  return impl_->match_.positions[column] != kAbsent;
}
std::int64_t CsvReader::rows() const { return impl_->rows_; }
std::int64_t CsvReader::bad_values(std::size_t column) const {
  return impl_->parsers_[column]->bad_values();
}

}  // namespace penstock

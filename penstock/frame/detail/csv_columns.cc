#include "penstock/frame/detail/csv_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>

#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/frame/detail/number_fast.h"
#include "penstock/frame/number.h"

namespace penstock::detail {
namespace {

/// Appends bits to a column's validity, 64 at a time. The buffer has room for whole words.
class ValidityAppender {
 public:
  ValidityAppender(Column& column, std::size_t size)
      : word_at_(column.validity.data() + size / 64 * 8), bit_(unsigned(size % 64)) {
    if (bit_ != 0) word_ = load_8(reinterpret_cast<const char*>(word_at_));
    word_ &= (std::uint64_t(1) << bit_) - 1;
  }
  void push(bool valid) {
    word_ |= std::uint64_t(valid) << bit_;
    if (++bit_ == 64) {
      store();
      word_at_ += 8;
      word_ = 0;
      bit_ = 0;
    }
  }
  void push(bool valid, std::size_t count) {
    for (; count > 0; --count) push(valid);
  }
  void store() const {
    std::uint64_t word = word_;
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    if (bit_ != 0) std::memcpy(word_at_, &word, 8);
  }

 private:
  std::uint8_t* word_at_;
  std::uint64_t word_ = 0;
  unsigned bit_;
};

/// Parsers of columns whose values have a fixed width. `Derived::read(cell, cells, value)` reads
/// one.
template <class Derived, class T>
class ValueParser : public ColumnParser {
 public:
  using ColumnParser::ColumnParser;

  std::size_t parse(const CellSlice& cells, Column& column) final {
    return cells.runs ? parse_cells<true>(cells, column) : parse_cells<false>(cells, column);
  }

  void append_nulls(std::size_t rows, Column& column) final {
    std::fill_n(column.get<T>().data() + size_, rows, T());
    ValidityAppender validity(column, size_);
    for (std::size_t i = 0; i < rows; ++i) validity.push(false);
    validity.store();
    nulls_ += std::int64_t(rows);
    size_ += rows;
  }

 protected:
  void resize(Column& column, std::size_t rows) const final { column.get<T>().resize(rows); }

 private:
  /// The loop that every cell goes through. What it needs is copied to locals, since a store to the
  /// column might change anything else as far as the compiler knows.
  template <bool kRuns>
  std::size_t parse_cells(const CellSlice& given, Column& column) {
    const CellSlice cells = given;
    T* const out = column.get<T>().data() + size_;
    ValidityAppender validity(column, size_);
    const bool empty_is_null = empty_is_null_, other_nulls = other_nulls_;
    std::size_t row = 0, nulls = 0;
    while (row < cells.rows) {
      const std::string_view cell = cells.raw(row);
      const std::size_t count =
          kRuns ? std::min<std::size_t>(cells.runs[row], cells.rows - row) : 1;
      T value = T();
      bool valid = cell.empty() ? !empty_is_null : !(other_nulls && is_other_null(cell));
      if (valid) {
        if (!static_cast<Derived*>(this)->read(cell, cells, value)) [[unlikely]] {
          if (!column_.bad_is_null) break;
          bad_values_ += std::int64_t(count);
          valid = false;
          value = T();
        }
      } else if (!column_.nullable) [[unlikely]] {
        break;
      }
      if (!valid) nulls += count;
      if constexpr (kRuns) {
        std::fill_n(out + row, count, value);
        validity.push(valid, count);
      } else {
        out[row] = value;
        validity.push(valid);
      }
      row += count;
    }
    validity.store();
    nulls_ += std::int64_t(nulls);
    size_ += row;
    return row;
  }
};

bool is_short(std::string_view cell) { return cell.size() - 1 < 8; }

template <class T>
class FloatParser final : public ValueParser<FloatParser<T>, T> {
 public:
  using ValueParser<FloatParser, T>::ValueParser;
  bool read(std::string_view cell, const CellSlice&, T& value) {
    double wide = 0;
    if (!is_short(cell) || !read_short_decimal(cell.data(), cell.size(), wide)) [[unlikely]] {
      const auto parsed = parse_double(cell);
      if (!parsed) return false;
      wide = *parsed;
    }
    value = T(wide);
    return std::isfinite(value);
  }

 private:
  std::string expected(std::string_view text) const override {
    return parse_double(text) ? "a number that a float32 can hold" : "a number";
  }
};

template <class T>
class IntParser final : public ValueParser<IntParser<T>, T> {
 public:
  explicit IntParser(const CsvColumn& column)
      : ValueParser<IntParser, T>(column),
        min_(std::max<std::int64_t>(std::numeric_limits<T>::min(),
                                    column.min.value_or(std::numeric_limits<T>::min()))),
        max_(std::min<std::int64_t>(std::numeric_limits<T>::max(),
                                    column.max.value_or(std::numeric_limits<T>::max()))) {}
  bool read(std::string_view cell, const CellSlice&, T& value) {
    std::int64_t wide = 0;
    std::uint32_t digits = 0;
    if (is_short(cell) && read_short_int(cell.data(), cell.size(), digits)) {
      wide = digits;
    } else {
      const auto parsed = parse_int(cell);
      if (!parsed) return false;
      wide = *parsed;
    }
    value = T(wide);
    return wide >= min_ && wide <= max_;
  }

 private:
  std::string expected(std::string_view) const override {
    const auto& column = this->column_;
    if (!column.min && !column.max) return "an integer";
    return fmt::format("an integer from {} to {}", min_, max_);
  }
  std::int64_t min_, max_;
};

class BoolParser final : public ValueParser<BoolParser, std::uint8_t> {
 public:
  using ValueParser::ValueParser;
  bool read(std::string_view cell, const CellSlice&, std::uint8_t& value) {
    const std::string lower = to_lower(cell);
    value = lower == "true" || lower == "1";
    return value || lower == "false" || lower == "0";
  }

 private:
  std::string expected(std::string_view) const override { return "true or false"; }
};

class DateParser final : public ValueParser<DateParser, std::int32_t> {
 public:
  using ValueParser::ValueParser;
  bool read(std::string_view cell, const CellSlice&, std::int32_t& value) {
    // Rows of one day stand together more often than not.
    if (cell != last_ || last_.empty()) {
      int year = 0, month = 0, day = 0;
      if (!read_fields(cell, year, month, day)) return false;
      const auto days = days_from_date(year, month, day);
      if (!days) return false;
      last_days_ = *days;
      last_ = cell;
    }
    value = last_days_;
    return true;
  }

 private:
  std::string expected(std::string_view text) const override {
    int year = 0, month = 0, day = 0;
    const std::string shown = show_date_format(column_.date_format);
    return read_fields(text, year, month, day) ? shown + ": there is no such day" : shown;
  }

  static bool read_digits(std::string_view& text, std::size_t least, std::size_t most, int& value) {
    std::size_t count = 0;
    for (; count < most && count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count)
      value = value * 10 + (text[count] - '0');
    text.remove_prefix(count);
    return count >= least;
  }

  bool read_fields(std::string_view text, int& year, int& month, int& day) const {
    const std::string_view format = column_.date_format;
    for (std::size_t i = 0; i < format.size(); ++i) {
      if (format[i] == '%') {
        const char field = format[++i];
        const bool is_year = field == 'Y';
        int& value = is_year ? year : field == 'm' ? month : day;
        if (!read_digits(text, is_year ? 4 : 1, is_year ? 4 : 2, value)) return false;
      } else {
        if (text.empty() || text.front() != format[i]) return false;
        text.remove_prefix(1);
      }
    }
    return text.empty();
  }

  std::string last_;
  std::int32_t last_days_ = 0;
};

/// Looks texts up in a dictionary that grows; the texts met last are found without hashing them
/// whole.
class CategoryParser final : public ValueParser<CategoryParser, std::int32_t> {
 public:
  explicit CategoryParser(const CsvColumn& column)
      : ValueParser(column), dictionary_(std::make_shared<Dictionary>(column.dictionary)) {
    for (const auto& text : *dictionary_) indices_.emplace(text, std::int32_t(indices_.size()));
  }

  bool read(std::string_view cell, const CellSlice& cells, std::int32_t& value) {
    Recent& recent = recent_[slot_of(cell)];
    if (recent.index < 0 || recent.text != cell) [[unlikely]] {
      if (!look_up(cell, cells, recent)) return false;
    }
    value = recent.index;
    return true;
  }

  void finish(Column& column) override {
    ValueParser::finish(column);
    column.dictionary = dictionary_;
    is_shared_ = true;
  }

 private:
  struct Recent {
    std::string text;  ///< raw cell
    std::int32_t index = -1;
  };

  static std::size_t slot_of(std::string_view cell) {
    if (cell.empty()) return 0;
    const auto first = static_cast<unsigned char>(cell.front());
    const auto last = static_cast<unsigned char>(cell.back());
    return (first * 7u + last * 3u + cell.size()) % kSlots;
  }

  bool look_up(std::string_view cell, const CellSlice& cells, Recent& recent) {
    if (cells.non_ascii && !is_utf8(cell)) return false;
    std::string text = cells.doubled_quotes ? unescape(cell) : std::string(cell);
    auto found = indices_.find(text);
    if (found == indices_.end()) {
      if (is_shared_) dictionary_ = std::make_shared<Dictionary>(*dictionary_);
      is_shared_ = false;
      dictionary_->push_back(text);
      found = indices_.emplace(std::move(text), std::int32_t(indices_.size())).first;
    }
    recent = {std::string(cell), found->second};
    return true;
  }

  std::string expected(std::string_view) const override { return "UTF-8 text"; }

  static constexpr std::size_t kSlots = 64;
  std::array<Recent, kSlots> recent_ = {};
  std::shared_ptr<Dictionary> dictionary_;
  bool is_shared_ = false;  ///< a batch holds the dictionary, so that it must not change any more
  std::unordered_map<std::string, std::int32_t> indices_;
};

class TextParser final : public ColumnParser {
 public:
  using ColumnParser::ColumnParser;

  std::size_t parse(const CellSlice& cells, Column& column) override {
    auto& values = std::get<TextValues>(column.values);
    make_room(values, cells);
    ValidityAppender validity(column, size_);
    std::size_t row = 0;
    for (; row < cells.rows; ++row) {
      const std::string_view cell = cells.raw(row);
      bool valid = !is_null(cell);
      if (!valid && !column_.nullable) break;
      if (valid && cells.non_ascii && !is_utf8(cell)) {
        if (!column_.bad_is_null) break;
        ++bad_values_;
        valid = false;
      }
      if (valid) append(cell, cells, values);
      nulls_ += !valid;
      values.offsets[size_ + row + 1] = text_size_;
      validity.push(valid);
    }
    validity.store();
    size_ += row;
    return row;
  }

  void append_nulls(std::size_t rows, Column& column) override {
    auto& offsets = std::get<TextValues>(column.values).offsets;
    std::fill_n(offsets.data() + size_ + 1, rows, text_size_);
    ValidityAppender validity(column, size_);
    for (std::size_t i = 0; i < rows; ++i) validity.push(false);
    validity.store();
    nulls_ += std::int64_t(rows);
    size_ += rows;
  }

  void finish(Column& column) override {
    ColumnParser::finish(column);
    std::get<TextValues>(column.values).bytes.resize(std::size_t(text_size_));
    text_size_ = 0;
  }

 private:
  static constexpr std::size_t kSlack = 8;  // short texts are copied as eight bytes

  void make_room(TextValues& values, const CellSlice& cells) const {
    if (cells.rows == 0) return;
    const std::size_t end = cells.end[(cells.rows - 1) * cells.stride];
    const std::size_t most = end - std::uint32_t(cells.before[0] + 1);
    const std::size_t wanted = std::size_t(text_size_) + most + kSlack;
    if (values.bytes.size() < wanted)
      values.bytes.resize(std::max(wanted, values.bytes.capacity()));
  }

  void append(std::string_view cell, const CellSlice& cells, TextValues& values) {
    char* const to = values.bytes.data() + text_size_;
    if (cells.doubled_quotes && cell.find('"') != cell.npos) {
      const std::string text = unescape(cell);
      text_size_ += std::int64_t(text.copy(to, text.size()));
      return;
    }
    if (cell.size() <= kSlack)
      std::memcpy(to, cell.data(), kSlack);
    else
      std::memcpy(to, cell.data(), cell.size());
    text_size_ += std::int64_t(cell.size());
  }

  std::string expected(std::string_view) const override { return "UTF-8 text"; }
  void resize(Column& column, std::size_t rows) const override {
    auto& offsets = std::get<TextValues>(column.values).offsets;
    offsets.resize(rows + 1);
    offsets[0] = 0;
  }

  std::int64_t text_size_ = 0;
};

bool is_date_format(std::string_view format) {
  int fields[3] = {0, 0, 0};
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    const auto field = i + 1 < format.size() ? std::string_view("Ymd").find(format[++i]) : 3;
    if (field > 2) return false;
    ++fields[field];
  }
  return fields[0] == 1 && fields[1] == 1 && fields[2] == 1;
}

/// A cell in an error: quoted, cut where it is long, with bytes that are not text as `\xNN`.
std::string show_cell(std::string_view cell) {
  constexpr std::size_t kMost = 60;
  std::string shown = quote(cell.substr(0, kMost));
  if (!is_utf8(shown)) {
    std::string escaped;
    for (const char c : shown) {
      if (c < 0)
        escaped += fmt::format("\\x{:02x}", unsigned(static_cast<unsigned char>(c)));
      else
        escaped += c;
    }
    shown = escaped;
  }
  return cell.size() > kMost ? shown + "…" : shown;
}

}  // namespace

ColumnParser::ColumnParser(const CsvColumn& column) : column_(column) {
  for (const auto& text : column.null_texts) {
    (text.empty() ? empty_is_null_ : other_nulls_) = true;
    raw_nulls_.push_back(escape(text));
  }
}

bool ColumnParser::is_other_null(std::string_view cell) const {
  return std::ranges::find(raw_nulls_, cell) != raw_nulls_.end();
}

void ColumnParser::start(Column& column, std::size_t rows) {
  Column fresh = Column::make(column_.type);
  if (column.type != fresh.type || column.values.index() != fresh.values.index())
    column = std::move(fresh);
  resize(column, rows);
  column.validity.resize((rows + 63) / 64 * 8);
  size_ = 0;
  nulls_ = 0;
}

void ColumnParser::finish(Column& column) {
  resize(column, size_);
  column.null_count = nulls_;
  column.validity.resize(nulls_ == 0 ? 0 : (size_ + 7) / 8);
}

Error ColumnParser::explain(const CellSlice& cells, std::size_t row) const {
  const std::string text =
      cells.doubled_quotes ? unescape(cells.raw(row)) : std::string(cells.raw(row));
  if (text.empty() && empty_is_null_)
    return make_error(ErrorCode::InvalidData, "is empty", "value_invalid");
  if (is_null(cells.raw(row)))
    return make_error(ErrorCode::InvalidData, show_cell(text) + " means no value", "value_invalid");
  const std::string wanted = column_.expected.empty() ? expected(text) : column_.expected;
  return make_error(ErrorCode::InvalidData, fmt::format("{} is not {}", show_cell(text), wanted),
                    column_.type == DataType::Date ? "date_invalid" : "value_invalid");
}

std::string show_date_format(std::string_view format) {
  std::string shown;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && ++i < format.size())
      shown += format[i] == 'Y' ? "YYYY" : format[i] == 'm' ? "MM" : "DD";
    else
      shown += format[i];
  }
  return shown;
}

Result<std::unique_ptr<ColumnParser>> make_column_parser(const CsvColumn& column) {
  const auto refuse = [&](const std::string& why) {
    return make_error(ErrorCode::Definition, fmt::format("csv column {}: {}", column.name, why));
  };
  std::unique_ptr<ColumnParser> parser;
  switch (column.type) {
    case DataType::Bool:
      parser = std::make_unique<BoolParser>(column);
      break;
    case DataType::Int32:
      parser = std::make_unique<IntParser<std::int32_t>>(column);
      break;
    case DataType::Int64:
      parser = std::make_unique<IntParser<std::int64_t>>(column);
      break;
    case DataType::Float32:
      parser = std::make_unique<FloatParser<float>>(column);
      break;
    case DataType::Float64:
      parser = std::make_unique<FloatParser<double>>(column);
      break;
    case DataType::Text:
      parser = std::make_unique<TextParser>(column);
      break;
    case DataType::Category:
      parser = std::make_unique<CategoryParser>(column);
      break;
    case DataType::Date:
      if (!is_date_format(column.date_format))
        return refuse(quote(column.date_format) +
                      " is not a date format; expected one each of %Y, %m, %d");
      parser = std::make_unique<DateParser>(column);
      break;
    case DataType::Timestamp:
      return refuse("a timestamp cannot be read; read a date, or text");
  }
  return parser;
}

}  // namespace penstock::detail

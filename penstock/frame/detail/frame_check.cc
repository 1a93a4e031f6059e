#include "penstock/frame/detail/frame_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/frame/detail/parquet_encode.h"

namespace penstock::detail {
namespace {

Error invalid(const Field& field, std::string_view what) {
  return make_error(ErrorCode::InvalidData, fmt::format("column {} {}", field.name, what),
                    "invalid_frame");
}

bool is_textual(DataType type) { return type == DataType::Text || type == DataType::Category; }

Status check_type(const Field& field, const Column& column) {
  if (column.type > DataType::Timestamp) return invalid(field, "is of an unknown type");
  if (column.type != field.type && !(is_textual(column.type) && is_textual(field.type)))
    return make_error(ErrorCode::InvalidData,
                      fmt::format("column {} is {}, expected {}", field.name,
                                  to_string(column.type), to_string(field.type)),
                      "schema_violation");
  if (column.values.index() != Column::make(column.type).values.index())
    return invalid(field, fmt::format("is {} but its buffer holds values of another type",
                                      to_string(column.type)));
  return {};
}

Status check_nulls(const Field& field, const Column& column, std::int64_t first,
                   std::int64_t count) {
  const bool whole = first == 0 && count == column.size();
  if (column.validity.empty()) {
    if (column.null_count == 0) return {};
    return invalid(field, fmt::format("counts {} nulls but has no validity bits; build columns "
                                      "with ColumnBuilder",
                                      column.null_count));
  }
  if (column.validity.size() < std::size_t(column.size() + 7) / 8)
    return invalid(field, fmt::format("has validity bits for {} of its {} values; build columns "
                                      "with ColumnBuilder",
                                      column.validity.size() * 8, column.size()));
  if (!whole) return {};
  const auto valid = count_bits(column.validity.data(), 0, std::size_t(count));
  if (const auto nulls = count - std::int64_t(valid); nulls != column.null_count)
    return invalid(field, fmt::format("counts {} nulls but its validity bits say {}; build columns "
                                      "with ColumnBuilder",
                                      column.null_count, nulls));
  return {};
}

/// The first of some rows that is not null and of which `is_bad` is true; looked for only after a
/// faster pass has found that there may be one.
template <class IsBad>
std::optional<std::int64_t> find_bad(const Column& column, std::int64_t first, std::int64_t count,
                                     IsBad is_bad) {
  for (auto i = first; i < first + count; ++i)
    if (!column.is_null(i) && is_bad(std::size_t(i))) return i;
  return {};
}

Status check_bools(const Field& field, const Column& column, std::int64_t first,
                   std::int64_t count) {
  const auto* values = column.get<std::uint8_t>().data();
  std::uint8_t all = 0;
  for (auto i = first; i < first + count; ++i) all = std::uint8_t(all | values[i]);
  if (all <= 1) return {};
  const auto bad = find_bad(column, first, count, [&](std::size_t i) { return values[i] > 1; });
  if (!bad) return {};
  return invalid(field,
                 fmt::format("holds {} in row {}, expected 0 or 1", values[*bad], *bad + 1));
}

Status check_categories(const Field& field, const Column& column, std::int64_t first,
                        std::int64_t count) {
  const auto* values = column.get<std::int32_t>().data();
  const auto size = column.dictionary ? column.dictionary->size() : 0;
  std::uint32_t highest = 0;
  for (auto i = first; i < first + count; ++i)
    highest = std::max(highest, std::uint32_t(values[i]));
  if (count > 0 && highest >= size) {
    const auto is_outside = [&](std::size_t i) { return std::uint32_t(values[i]) >= size; };
    if (const auto bad = find_bad(column, first, count, is_outside))
      return invalid(field, fmt::format("holds index {} but its dictionary has {} texts",
                                        values[*bad], size));
  }
  const auto not_text = [&] {
    return invalid(field, "has a dictionary with text that is not UTF-8");
  };
  // A few rows of a large dictionary are looked at by themselves, so that a frame may be written in
  // many small parts.
  if (size <= std::size_t(count)) {
    for (std::size_t i = 0; i < size; ++i)
      if (!is_utf8((*column.dictionary)[i])) return not_text();
  } else if (find_bad(column, first, count, [&](std::size_t i) {
               return !is_utf8((*column.dictionary)[std::size_t(values[i])]);
             })) {
    return not_text();
  }
  return {};
}

Status check_texts(const Field& field, const Column& column, std::int64_t first,
                   std::int64_t count) {
  const auto& text = std::get<TextValues>(column.values);
  const auto* offsets = text.offsets.data();
  if (offsets[0] != 0) return invalid(field, "has offsets that do not start with 0");
  bool descends = false;
  for (auto i = first; i < first + count; ++i) descends |= offsets[i + 1] < offsets[i];
  if (descends) return invalid(field, "has offsets that descend");
  const auto begin = offsets[first], end = offsets[first + count];
  if (begin < 0 || end > std::int64_t(text.bytes.size()))
    return invalid(field, fmt::format("has offsets up to {} but {} bytes of text", end,
                                      text.bytes.size()));
  if (begin == end) return {};
  // All texts are UTF-8 if the bytes are as a whole and no text begins inside a character.
  const std::string_view bytes(text.bytes.data() + begin, std::size_t(end - begin));
  bool sound = is_utf8(bytes);
  for (auto i = first; sound && i < first + count; ++i)
    sound = offsets[i] == end || (text.bytes[std::size_t(offsets[i])] & 0xc0) != 0x80;
  if (sound) return {};
  const auto bad = find_bad(column, first, count, [&](std::size_t i) {
    return !is_utf8(column.text(std::int64_t(i)));
  });
  if (!bad) return {};
  return invalid(field, fmt::format("holds text that is not UTF-8 in row {}", *bad + 1));
}

template <class T>
int order_of(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    if (a != a || b != b) return int(a != a) - int(b != b);
  return int(a > b) - int(a < b);
}

/// The order of two values of one column, or of the columns of two frames.
int order_of(const Column& a, std::int64_t i, const Column& b, std::int64_t k) {
  if (a.is_null(i) || b.is_null(k)) return int(a.is_null(i)) - int(b.is_null(k));
  if (is_textual(a.type)) {
    const int order = a.text(i).compare(b.text(k));
    return int(order > 0) - int(order < 0);
  }
  return std::visit(
      [&]<class Values>(const Values& values) {
        if constexpr (std::is_same_v<Values, TextValues>)
          return 0;
        else
          return order_of(values[std::size_t(i)], std::get<Values>(b.values)[std::size_t(k)]);
      },
      a.values);
}

constexpr std::size_t kBlock = 2048;

/// Which rows of a block are equal to the row before them in all parts of the key so far.
struct Ties {
  std::uint8_t tied[kBlock];
  bool any = true, descends = false;
};

/// What is to be known of a column of a key in most blocks, at the cost of reading it: in a sorted
/// table its values are all equal, or all different.
struct Steps {
  bool descends = false, any_equal = false, any_unequal = false;
};

/// Row i is at values[i], the row before it at values[i - 1].
template <class T>
Steps steps_of(const T* values, std::size_t count) {
  const T* before = values - 1;
  T descends = 0, equal = 0, unequal = 0;
  for (std::size_t i = 0; i < count; ++i) {
    descends |= T(values[i] < before[i]);
    equal |= T(values[i] == before[i]);
    unequal |= T(values[i] != before[i]);
  }
  return {descends != 0, equal != 0, unequal != 0};
}

template <class T>
void compare(const T* values, std::size_t count, Ties& ties) {
  const auto steps = steps_of(values, count);
  if (!steps.any_unequal) return;
  if (!steps.descends && !steps.any_equal) {
    ties.any = false;
    return;
  }
  const T* before = values - 1;
  unsigned bad = 0, any = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned less = values[i] < before[i] ? 1 : 0, equal = values[i] == before[i] ? 1 : 0;
    bad |= ties.tied[i] & less;
    any |= ties.tied[i] &= std::uint8_t(equal);
  }
  ties.descends |= bad != 0;
  ties.any = any != 0;
}

void compare_slowly(const Column& column, std::size_t first, std::size_t count, Ties& ties) {
  ties.any = false;
  for (std::size_t i = 0; i < count; ++i) {
    if (ties.tied[i] == 0) continue;
    const auto row = std::int64_t(first + i);
    const int order = order_of(column, row, column, row - 1);
    ties.descends |= order < 0;
    ties.tied[i] = order == 0;
    ties.any |= order == 0;
  }
}

std::vector<std::uint32_t> ranks_of(const Dictionary& texts) {
  std::vector<std::uint32_t> order(texts.size()), ranks(texts.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::uint32_t i) { return std::string_view(texts[i]); });
  for (std::size_t i = 1; i < order.size(); ++i)
    ranks[order[i]] = ranks[order[i - 1]] + (texts[order[i]] != texts[order[i - 1]] ? 1 : 0);
  return ranks;
}

}  // namespace

Status check_column(const Field& field, const Column& column, std::int64_t rows, std::int64_t first,
                    std::int64_t count) {
  PENSTOCK_TRY(check_type(field, column));
  if (column.size() != rows)
    return invalid(field, fmt::format("has {} rows, its frame {}", column.size(), rows));
  PENSTOCK_TRY(check_nulls(field, column, first, count));
  switch (column.type) {
    case DataType::Bool:
      return check_bools(field, column, first, count);
    case DataType::Category:
      return check_categories(field, column, first, count);
    case DataType::Text:
      return check_texts(field, column, first, count);
    default:
      return {};
  }
}

KeyOrder::KeyOrder(const Schema& schema) : schema_(schema) {
  for (const auto& name : schema.primary_key)
    if (const auto at = schema.find(name)) parts_.push_back({*at, {}, {}, {}});
}

Status KeyOrder::append(const std::vector<Column>& columns, std::int64_t first,
                        std::int64_t count) {
  if (parts_.empty() || count == 0) return {};
  auto at = std::size_t(first);
  const auto end = at + std::size_t(count);
  if (rows_ > 0) {
    for (auto& part : parts_) {
      const int order = order_of(columns[part.column], first, part.last, 0);
      if (order < 0) return unsorted();
      if (order > 0) break;
    }
  }
  ++rows_;
  for (++at; at < end; at += std::min(kBlock, end - at))
    PENSTOCK_TRY(check_block(columns, at, std::min(kBlock, end - at)));
  keep(columns, end - 1);
  return {};
}

Status KeyOrder::check_block(const std::vector<Column>& columns, std::size_t first,
                             std::size_t count) {
  Ties ties;
  std::fill_n(ties.tied, count, std::uint8_t(1));
  std::uint32_t ranks[kBlock + 1];
  for (auto& part : parts_) {
    const auto& column = columns[part.column];
    if (!column.validity.empty() || column.type == DataType::Text ||
        column.type == DataType::Float32 || column.type == DataType::Float64) {
      compare_slowly(column, first, count, ties);
    } else if (column.type == DataType::Category) {
      if (part.dictionary != column.dictionary) {
        part.dictionary = column.dictionary;
        part.ranks = ranks_of(*column.dictionary);
      }
      const auto* indices = column.get<std::int32_t>().data() + first - 1;
      if (!steps_of(indices + 1, count).any_unequal) continue;
      for (std::size_t i = 0; i <= count; ++i) ranks[i] = part.ranks[std::size_t(indices[i])];
      compare(ranks + 1, count, ties);
    } else {
      std::visit(
          [&]<class Values>(const Values& values) {
            if constexpr (requires { requires std::is_integral_v<typename Values::value_type>; })
              compare(values.data() + first, count, ties);
          },
          column.values);
    }
    if (ties.descends) return unsorted();
    if (!ties.any) break;
  }
  rows_ += std::int64_t(count);
  return {};
}

void KeyOrder::keep(const std::vector<Column>& columns, std::size_t row) {
  for (auto& part : parts_) {
    const auto& from = columns[part.column];
    part.last = Column::make(from.type);
    part.last.dictionary = from.dictionary;
    std::visit(
        [&]<class Values>(Values& to) {
          if constexpr (std::is_same_v<Values, TextValues>) {
            if (from.is_null(std::int64_t(row))) return to.offsets.push_back(0);
            const auto text = from.text(std::int64_t(row));
            to.bytes.assign(text.begin(), text.end());
            to.offsets.push_back(std::int64_t(text.size()));
          } else {
            to.push_back(std::get<Values>(from.values)[row]);
          }
        },
        part.last.values);
    if (from.is_null(std::int64_t(row))) {
      part.last.validity.assign(1, 0);
      part.last.null_count = 1;
    }
  }
}

Error KeyOrder::unsorted() const {
  return make_error(
      ErrorCode::InvalidData,
      fmt::format("the rows of table {} are not in the order of its primary key ({}), which files "
                  "declare; sort them, or leave the primary key out of the schema",
                  schema_.name, join(schema_.primary_key, ", ")),
      "schema_violation");
}

}  // namespace penstock::detail

namespace penstock {

Status Frame::validate() const {
  if (rows < 0)
    return make_error(ErrorCode::InvalidData, fmt::format("the frame has {} rows", rows),
                      "invalid_frame");
  if (!schema) {
    if (columns.empty()) return {};
    return make_error(ErrorCode::InvalidData,
                      fmt::format("the frame has {} columns but no schema that names them; set "
                                  "Frame::schema",
                                  columns.size()),
                      "invalid_frame");
  }
  PENSTOCK_TRY(schema->validate());
  if (columns.size() != schema->fields.size())
    return make_error(ErrorCode::InvalidData,
                      fmt::format("the frame has {} columns, its schema {}", columns.size(),
                                  schema->fields.size()),
                      "invalid_frame");
  for (std::size_t i = 0; i < columns.size(); ++i)
    PENSTOCK_TRY(detail::check_column(schema->fields[i], columns[i], rows, 0, rows));
  return {};
}

}  // namespace penstock

#include "penstock/frame/detail/arrow_column.h"

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <cstring>

#include "penstock/frame/detail/arrow_schema.h"
#include "penstock/frame/detail/parquet_dictionary.h"
#include "penstock/frame/detail/parquet_encode.h"

namespace penstock::detail {
namespace {

template <class T>
void append_numbers(const arrow::Array& piece, Column& out) {
  const auto* values = piece.data()->GetValues<T>(1);
  auto& buffer = out.get<T>();
  const auto at = buffer.size();
  buffer.resize(at + std::size_t(piece.length()));
  if (piece.length() > 0)
    std::memcpy(buffer.data() + at, values, std::size_t(piece.length()) * sizeof(T));
}

void append_bits(const arrow::Array& piece, Column& out) {
  const auto& bools = static_cast<const arrow::BooleanArray&>(piece);
  for (std::int64_t i = 0; i < piece.length(); ++i)
    out.get<std::uint8_t>().push_back(bools.Value(i) ? 1 : 0);
}

template <class Texts>
void append_texts(const Texts& piece, Column& out) {
  auto& text = std::get<TextValues>(out.values);
  for (std::int64_t i = 0; i < piece.length(); ++i) {
    if (piece.IsValid(i)) {
      const auto value = piece.GetView(i);
      text.bytes.insert(text.bytes.end(), value.begin(), value.end());
    }
    text.offsets.push_back(std::int64_t(text.bytes.size()));
  }
}

Status append_indices(const Field& field, const arrow::Array& piece, TextDictionary& united,
                      Column& out) {
  const auto& categories = static_cast<const arrow::DictionaryArray&>(piece);
  const auto& texts = static_cast<const arrow::StringArray&>(*categories.dictionary());
  if (texts.null_count() > 0)
    return make_error(ErrorCode::InvalidData,
                      fmt::format("column {} has a dictionary that holds a null, which frames do "
                                  "not have",
                                  field.name));
  std::vector<std::int32_t> numbers;
  for (std::int64_t i = 0; i < texts.length(); ++i)
    numbers.push_back(std::int32_t(united.find_or_add(texts.GetView(i))));
  const auto* indices = piece.data()->GetValues<std::int32_t>(1);
  auto& buffer = out.get<std::int32_t>();
  for (std::int64_t i = 0; i < piece.length(); ++i) {
    const auto index = piece.IsValid(i) ? indices[i] : 0;
    if (piece.IsValid(i) && (index < 0 || std::size_t(index) >= numbers.size()))
      return make_error(ErrorCode::Corrupt,
                        fmt::format("column {} holds index {} but its dictionary has {} texts",
                                    field.name, index, numbers.size()));
    buffer.push_back(piece.IsValid(i) ? numbers[std::size_t(index)] : 0);
  }
  return {};
}

void append_validity(const arrow::Array& piece, std::size_t at, Column& out) {
  const auto count = std::size_t(piece.length());
  if (const auto* bits = piece.null_bitmap_data(); bits != nullptr)
    copy_bits(bits, std::size_t(piece.offset()), out.validity.data(), at, count);
  else
    set_bits(out.validity.data(), at, count);
}

// Only columns that have nulls keep bits.
void set_validity(const arrow::ChunkedArray& array, Column& out) {
  out.null_count = array.null_count();
  if (out.null_count == 0) return;
  out.validity.resize(std::size_t(array.length() + 7) / 8);
  std::size_t at = 0;
  for (const auto& piece : array.chunks()) {
    append_validity(*piece, at, out);
    at += std::size_t(piece->length());
  }
}

Status append_values(const Field& field, const arrow::Array& piece, TextDictionary& united,
                     Column& out) {
  switch (field.type) {
    case DataType::Bool:
      append_bits(piece, out);
      return {};
    case DataType::Int32:
    case DataType::Date:
      append_numbers<std::int32_t>(piece, out);
      return {};
    case DataType::Int64:
    case DataType::Timestamp:
      append_numbers<std::int64_t>(piece, out);
      return {};
    case DataType::Float32:
      append_numbers<float>(piece, out);
      return {};
    case DataType::Float64:
      append_numbers<double>(piece, out);
      return {};
    case DataType::Category:
      return append_indices(field, piece, united, out);
    case DataType::Text:
      break;
  }
  if (piece.type_id() == arrow::Type::LARGE_STRING)
    append_texts(static_cast<const arrow::LargeStringArray&>(piece), out);
  else
    append_texts(static_cast<const arrow::StringArray&>(piece), out);
  return {};
}

}  // namespace

Result<Column> from_arrow_array(const Field& field, const arrow::ChunkedArray& array) {
  const auto found = PENSTOCK_TRY(from_arrow_field(*arrow::field(field.name, array.type())));
  if (found.type != field.type)
    return make_error(ErrorCode::Corrupt,
                      fmt::format("column {} is {}, expected {}", field.name, to_string(found.type),
                                  to_string(field.type)));
  // Arrow's readers do not look at what offsets and indices point to.
  if (const auto status = array.ValidateFull(); !status.ok())
    return make_error(ErrorCode::Corrupt,
                      fmt::format("column {} is damaged: {}", field.name, status.message()));
  auto column = Column::make(field.type);
  TextDictionary united;
  for (const auto& piece : array.chunks())
    PENSTOCK_TRY(append_values(field, *piece, united, column));
  set_validity(array, column);
  if (field.type == DataType::Category)
    column.dictionary =
        std::make_shared<const Dictionary>(united.texts().begin(), united.texts().end());
  return column;
}

}  // namespace penstock::detail

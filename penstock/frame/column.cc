#include "penstock/frame/column.h"

namespace penstock {

Column Column::make(DataType type) {
  Column column;
  column.type = type;
  switch (type) {
    case DataType::Bool:
      column.values = Buffer<std::uint8_t>();
      break;
    case DataType::Int32:
    case DataType::Category:
    case DataType::Date:
      column.values = Buffer<std::int32_t>();
      break;
    case DataType::Int64:
    case DataType::Timestamp:
      column.values = Buffer<std::int64_t>();
      break;
    case DataType::Float32:
      column.values = Buffer<float>();
      break;
    case DataType::Float64:
      column.values = Buffer<double>();
      break;
    case DataType::Text:
      column.values = TextValues();
      break;
  }
  return column;
}

std::int64_t Column::size() const {
  if (const auto* text = std::get_if<TextValues>(&values))
    return std::int64_t(text->offsets.size()) - 1;
  return std::visit(
      [](const auto& buffer) -> std::int64_t {
        if constexpr (requires { buffer.size(); })
          return std::int64_t(buffer.size());
        else
          return 0;
      },
      values);
}

std::string_view Column::text(std::int64_t i) const {
  const auto at = std::size_t(i);
  if (type == DataType::Category) return (*dictionary)[std::size_t(get<std::int32_t>()[at])];
  const auto& text = std::get<TextValues>(values);
  return {text.bytes.data() + text.offsets[at],
          std::size_t(text.offsets[at + 1] - text.offsets[at])};
}

std::uint64_t Column::bytes() const {
  const auto held = std::visit(
      [](const auto& buffer) -> std::uint64_t {
        if constexpr (requires { buffer.offsets; })
          return buffer.offsets.capacity() * sizeof(std::int64_t) + buffer.bytes.capacity();
        else
          return buffer.capacity() * sizeof(buffer[0]);
      },
      values);
  return held + validity.capacity();
}

const Column* Frame::find(std::string_view field) const {
  const auto at = schema ? schema->find(field) : std::optional<std::size_t>();
  return at && *at < columns.size() ? &columns[*at] : nullptr;
}

std::uint64_t Frame::bytes() const {
  std::uint64_t total = 0;
  for (const auto& column : columns) total += column.bytes();
  return total;
}

}  // namespace penstock

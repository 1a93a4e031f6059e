// What an encoded frame says of itself beside Arrow's schema, and Arrow's buffers as ours.
#pragma once

#include <arrow/buffer.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/frame/column.h"

namespace penstock::detail {

/// The schema of a frame, and how its columns are held, which may differ from it.
struct EncodedSchema {
  std::shared_ptr<const Schema> schema;  ///< null when the frame has none
  std::vector<DataType> types;
};

/// As docs/formats/stored-values.md describes it.
std::string encode_schema(const Frame& frame);
Result<EncodedSchema> decode_schema(std::string_view bytes);

/// Bytes as Arrow wants them, kept alive by what keeps them alive.
std::shared_ptr<arrow::Buffer> arrow_buffer(SharedBytes bytes);

/// The first `count` values of a buffer: where they lie, or copied when not owned. None when
/// the buffer has fewer.
template <class T>
Buffer<T> view_of(const std::shared_ptr<arrow::Buffer>& from, std::int64_t count, bool owned) {
  // A count from a damaged offset may be anything.
  if (!from || count <= 0 || from->size() / std::int64_t(sizeof(T)) < count) return {};
  const auto bytes = std::size_t(count) * sizeof(T);
  const std::string_view values(reinterpret_cast<const char*>(from->data()), bytes);
  return Buffer<T>::view({owned ? from : nullptr, values});
}

}  // namespace penstock::detail

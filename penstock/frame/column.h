// A column of values in Arrow's layout, and a frame: columns of equal length under one schema.
//
// Columns own their memory, or share that of a mapped file, and are moved, not copied; a frame that
// is passed between ops is shared and const. Building is single-threaded; reading a const column is
// thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "penstock/base/byte_archive.h"
#include "penstock/base/result.h"
#include "penstock/frame/buffer.h"
#include "penstock/frame/schema.h"

namespace penstock {

/// The texts behind the indices of Category columns; shared between columns and batches.
using Dictionary = std::vector<std::string>;

/// Texts one after another: value i is bytes[offsets[i], offsets[i + 1]). offsets starts with 0.
struct TextValues {
  Buffer<std::int64_t> offsets = Buffer<std::int64_t>(1, 0);
  Buffer<char> bytes;
};

/// One column of values with optional nulls.
struct Column {
  using Values = std::variant<Buffer<std::uint8_t>, Buffer<std::int32_t>, Buffer<std::int64_t>,
                              Buffer<float>, Buffer<double>, TextValues>;

  DataType type = DataType::Int32;
  Values values;                  ///< the alternative that belongs to `type`; nulls hold any value
  // Set by builders: see column_builder.h.
  Buffer<std::uint8_t> validity;  ///< one bit per value, least significant first; empty: no nulls
  std::int64_t null_count = 0;    ///< how many bits are 0
  std::shared_ptr<const Dictionary> dictionary;  ///< Category only

  /// An empty column of a type.
  static Column make(DataType type);

  std::int64_t size() const;
  bool is_null(std::int64_t i) const {
    return !validity.empty() && ((validity[std::size_t(i >> 3)] >> (i & 7)) & 1) == 0;
  }
  /// The typed buffer; T must be the one that belongs to `type`.
  template <class T>
  Buffer<T>& get() {
    return std::get<Buffer<T>>(values);
  }
  template <class T>
  const Buffer<T>& get() const {
    return std::get<Buffer<T>>(values);
  }
  /// Text of value i of a Text or Category column; undefined for nulls.
  std::string_view text(std::int64_t i) const;
  /// Bytes held.
  std::uint64_t bytes() const;
};

/// Columns of equal length under one schema. The columns stand in the order of the fields.
///
/// A field of type Text may be held as a Category column: files then write text, quickly.
struct Frame {
  static constexpr std::string_view kTypeName = "frame";

  std::shared_ptr<const Schema> schema;
  std::vector<Column> columns;
  std::int64_t rows = 0;

  /// Whether the frame is what it claims to be, so that no consumer of it reads beyond a buffer or
  /// takes a null for a value: its schema is valid (see Schema::validate), and each column has the
  /// type of its field, `rows` values, as many nulls as it counts, text that is UTF-8 with
  /// ascending offsets, bools that are 0 or 1, and categories that its dictionary has. InvalidData
  /// of kind `invalid_frame`, `invalid_schema` or `schema_violation` that names the column.
  ///
  /// A pass over the buffers, much cheaper than to encode them. All that writes, stores or profiles
  /// frames, and all that reads them from files, calls it. What a schema declares of the values
  /// (required columns, ranges, the order of the primary key) is not part of it.
  Status validate() const;
  /// The column of a field, or null.
  const Column* find(std::string_view field) const;
  /// Bytes held by all columns.
  std::uint64_t bytes() const;
  /// What the log keeps of a frame that an op hands on: table, rows, columns.
  template <class Facts>
  void summarize(Facts& into) const {
    if (schema && !schema->name.empty()) into.emplace_back("table", schema->name);
    into.emplace_back("rows", rows);
    into.emplace_back("columns", static_cast<std::int64_t>(columns.size()));
  }

  /// Write the frame as an Arrow IPC stream of one record batch, from the next multiple of 64: see
  /// docs/formats/stored-values.md. Its columns are not copied on the way.
  void encode(ByteWriter& out) const;
  /// Read it back. Columns stay where they lie in the bytes: see Buffer::view.
  static Frame decode(ByteReader& in);
  static constexpr std::string_view kLayout = "frame 1";
};

}  // namespace penstock

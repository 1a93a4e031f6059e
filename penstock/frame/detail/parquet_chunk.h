// Builds one column chunk of a Parquet file: pages of values, their dictionary, statistics.
#pragma once

#include <memory>
#include <string>

#include "penstock/base/result.h"
#include "penstock/frame/column.h"
#include "penstock/frame/detail/parquet_compress.h"
#include "penstock/frame/detail/parquet_encode.h"
#include "penstock/frame/detail/parquet_format.h"

namespace penstock::detail {

/// Rows of every data page but the last of a chunk.
inline constexpr std::size_t kPageRows = 32768;

/// Takes the rows of one column of one row group after another.
///
/// Rows are gathered without their nulls until a page is full, so that where the caller cuts does
/// not show in the file. A subclass knows how to gather and encode values of its type.
class ChunkBuilder {
 public:
  ChunkBuilder(const Field& field, PageCompressor& compressor);
  virtual ~ChunkBuilder() = default;
  ChunkBuilder(const ChunkBuilder&) = delete;
  ChunkBuilder& operator=(const ChunkBuilder&) = delete;

  /// Append rows of a column whose type was checked.
  Status append(const Column& column, std::size_t first, std::size_t count);

  /// Complete the chunk; its pages stay in dictionary_page() and data_pages() until start().
  /// Offsets are from the chunk's first byte.
  Result<ChunkMeta> finish();
  /// Begin the next chunk.
  void start();

  const Bytes& dictionary_page() const { return dictionary_page_; }
  const Bytes& data_pages() const { return data_pages_; }

 protected:
  /// Gather the values of rows that are not null.
  virtual Status append_values(const Column& column, std::size_t first, std::size_t count) = 0;
  /// Append the gathered values to a page's body, forget them, and say how they are encoded.
  virtual Encoding encode_values(Bytes& body) = 0;
  /// Number of dictionary entries, and their page body; called when the chunk is complete.
  virtual std::size_t encode_dictionary(Bytes& body) = 0;
  /// Set the least and the greatest value that occur, if there are values.
  virtual void set_range(ChunkMeta& meta) = 0;
  virtual void start_values() = 0;

  const Field& field() const { return field_; }

 private:
  void append_validity(const Column& column, std::size_t first, std::size_t count);
  Status flush_page();

  const Field& field_;
  PageCompressor& compressor_;
  Bytes validity_;  // one bit per row of the page
  Bytes body_;
  Bytes dictionary_page_;
  Bytes data_pages_;
  std::size_t page_rows_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t nulls_ = 0;
  std::int64_t uncompressed_ = 0;
  std::int32_t indexed_pages_ = 0;
  std::int32_t direct_pages_ = 0;
  Encoding direct_encoding_ = Encoding::Plain;
};

/// The builder for a field's type. Field and compressor must outlive it.
std::unique_ptr<ChunkBuilder> make_chunk_builder(const Field& field, PageCompressor& compressor);
/// The builders of the single families of types.
std::unique_ptr<ChunkBuilder> make_text_chunk_builder(const Field& field,
                                                      PageCompressor& compressor);

}  // namespace penstock::detail

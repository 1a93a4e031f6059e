// The parts of Parquet's file format that Penstock writes: page headers and the footer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/frame/parquet.h"
#include "penstock/frame/schema.h"

namespace penstock::detail {

/// Numbers of these enumerations are those of the format.
enum class PhysicalType : std::int32_t {
  Boolean = 0,
  Int32 = 1,
  Int64 = 2,
  Float = 4,
  Double = 5,
  ByteArray = 6
};
enum class PageType : std::int32_t { Data = 0, Dictionary = 2 };
enum class Encoding : std::int32_t {
  Plain = 0,
  Rle = 3,
  DeltaBinaryPacked = 5,
  RleDictionary = 8,
  ByteStreamSplit = 9
};
enum class Codec : std::int32_t { None = 0, Snappy = 1, Zstd = 6 };

inline constexpr std::string_view kParquetMagic = "PAR1";
inline constexpr std::string_view kArrowSchemaKey = "ARROW:schema";

/// How often pages of a kind occur in a column chunk.
struct EncodingCount {
  std::int32_t page = 0;
  std::int32_t encoding = 0;
  std::int32_t count = 0;
};

/// What the footer says about one column of one row group. Offsets are from the start of the file.
struct ChunkMeta {
  std::int32_t type = 0;
  std::string name;
  std::int32_t codec = 0;
  std::int64_t values = 0;  ///< nulls included
  std::int64_t uncompressed_bytes = 0;
  std::int64_t compressed_bytes = 0;
  std::int64_t data_offset = 0;
  std::optional<std::int64_t> dictionary_offset = {};
  std::optional<std::int64_t> nulls = {};
  std::optional<std::string> min = {}, max = {};  ///< as PLAIN values without length
  /// Whether they occur in the chunk, or are bounds only; nothing: not known.
  std::optional<bool> min_is_exact = true, max_is_exact = true;
  std::vector<std::int32_t> encodings = {};
  std::vector<EncodingCount> encoding_counts = {};
};

/// The longest text that a footer gives as the least or greatest of a chunk.
inline constexpr std::size_t kMaxRangeBytes = 64;
/// Cut long texts in the range of a chunk at the border of a character: the least one to a prefix,
/// the greatest one to a prefix with its last character raised, so that both are bounds. Without
/// such a bound, and where the bytes are not UTF-8, the chunk has no range.
void bound_range(ChunkMeta& chunk);

/// What the footer says about one row group.
struct RowGroupMeta {
  std::int64_t rows = 0;
  std::vector<ChunkMeta> columns = {};
};

/// Everything in the footer. `metadata` is written in its order.
struct FooterMeta {
  std::vector<RowGroupMeta> row_groups = {};
  std::vector<std::pair<std::string, std::string>> metadata = {};
};

/// The Parquet type that holds a field's values.
PhysicalType physical_type(DataType type);
/// The codec's number for a compression.
Codec codec_of(ParquetCompression compression);
/// Append the header of a data or dictionary page of `values` values.
void append_page_header(std::string& out, PageType type, Encoding encoding, std::int64_t values,
                        std::int64_t uncompressed, std::int64_t compressed, std::uint32_t crc);
/// The footer with its length and the closing magic.
std::string encode_footer(const Schema& schema, const FooterMeta& footer);
/// Facts about the table that every file carries: description, primary_key, table, own metadata.
FileMetadata table_metadata(const Schema& schema);
/// These and what a program adds, which wins. InvalidData when a file that says so would be read
/// back as another table than the schema describes.
Result<FileMetadata> merged_metadata(const Schema& schema, FileMetadata added);

}  // namespace penstock::detail

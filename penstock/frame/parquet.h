// Writes frames as Parquet files: format 2.6, statistics, dictionaries, the Arrow schema embedded.
//
// A file appears under its name only when close() has synced it, whole; a writer that is destroyed
// before leaves nothing. The same schema, metadata, options and rows give the same bytes, however
// the rows were cut into calls of write(). docs/formats/parquet.md says what is in a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "penstock/base/byte_archive.h"
#include "penstock/base/result.h"
#include "penstock/frame/column.h"
#include "penstock/frame/schema.h"

namespace penstock {

/// How the pages of a Parquet file are compressed.
enum class ParquetCompression : std::uint8_t { None, Snappy, Zstd };

/// The name used in settings: `none`, `snappy`, `zstd`.
std::string_view to_string(ParquetCompression compression);
/// Read the name of a compression as settings write it.
Result<ParquetCompression> parse_parquet_compression(std::string_view name);

/// How a Parquet file is laid out.
struct ParquetOptions {
  ParquetCompression compression = ParquetCompression::Snappy;
  std::int64_t row_group_rows = 100'000;  ///< rows of every row group but the last
};

/// Facts about a whole file, as keys and values; kept sorted so that files are reproducible.
using FileMetadata = std::map<std::string, std::string>;

/// What a finished file holds.
struct ParquetFileInfo {
  std::int64_t rows = 0;
  std::int64_t row_groups = 0;
  std::uint64_t bytes = 0;
};

/// A Parquet file that is being written.
///
/// One thread at a time. Memory: one row group, compressed, and one page of scratch per column.
class ParquetWriter {
 public:
  /// Start a file of a schema beside `path`; nothing is visible there before close().
  ///
  /// The file's metadata are `description`, `primary_key` (a JSON list) and `table` of the schema
  /// where it has them, the schema's own metadata, then `metadata`, later ones winning. Sorting
  /// columns are the primary key, ascending: the caller hands in sorted rows, nulls last. A schema
  /// or metadata that could not be read back are InvalidData of kind `invalid_schema`; see
  /// Schema::validate() and check_metadata().
  static Result<ParquetWriter> open(std::filesystem::path path,
                                    std::shared_ptr<const Schema> schema,
                                    FileMetadata metadata = {}, ParquetOptions options = {});
  /// The same, its bytes handed to a sink, which must outlive it: making a file of them is up to
  /// whoever has the sink.
  static Result<ParquetWriter> open(ByteSink& sink, std::shared_ptr<const Schema> schema,
                                    FileMetadata metadata = {}, ParquetOptions options = {});
  ParquetWriter(ParquetWriter&& other) noexcept;
  ParquetWriter& operator=(ParquetWriter&& other) noexcept;
  ~ParquetWriter();

  /// Append all rows of a frame.
  ///
  /// The frame's columns stand in the order of the schema's fields; its own schema is not looked
  /// at. Text and Category may stand for each other; a Category's dictionary may hold texts that
  /// the field does not declare: they extend the dictionary of their row group. A null in a field
  /// that is not nullable, and rows that are not in the order of the primary key, are InvalidData
  /// of kind `schema_violation`; columns that are not what Frame::validate() expects are of kind
  /// `invalid_frame`. After an error the writer only repeats it.
  Status write(const Frame& frame);
  /// Append rows `[first, first + count)` of a frame.
  Status write(const Frame& frame, std::int64_t first, std::int64_t count);

  /// Set a fact about the file that is known only at the end, such as its number of rows. close()
  /// refuses what check_metadata() does.
  void set_metadata(std::string key, std::string value);

  /// Finish the file: write what is held, sync, rename into place, sync the folder.
  Result<ParquetFileInfo> close();

 private:
  class Impl;
  template <class Target>
  static Result<ParquetWriter> open_on(Target&& target, std::shared_ptr<const Schema> schema,
                                       FileMetadata metadata, ParquetOptions options);
  explicit ParquetWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Write one frame as one file, or as the bytes of one.
Result<ParquetFileInfo> write_parquet(const std::filesystem::path& path, const Frame& frame,
                                      FileMetadata metadata = {}, ParquetOptions options = {});
Result<ParquetFileInfo> write_parquet(ByteSink& sink, const Frame& frame,
                                      FileMetadata metadata = {}, ParquetOptions options = {});

}  // namespace penstock

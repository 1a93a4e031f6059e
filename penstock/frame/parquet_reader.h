// Reads Parquet files into frames, one row group or all of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "penstock/base/result.h"
#include "penstock/frame/column.h"
#include "penstock/frame/parquet.h"
#include "penstock/frame/schema.h"

namespace penstock {

/// An open Parquet file.
///
/// One thread at a time; several readers may read one file. Frames that were read live on their
/// own.
class ParquetReader {
 public:
  /// Open a file and read its footer.
  ///
  /// A file that is not Parquet or damaged is ErrorCode::Corrupt, one that is missing NotFound;
  /// both name the path. A file of types that frames cannot hold is InvalidData and names the
  /// column.
  static Result<ParquetReader> open(std::filesystem::path path);
  ParquetReader(ParquetReader&& other) noexcept;
  ParquetReader& operator=(ParquetReader&& other) noexcept;
  ~ParquetReader();

  /// The table as it was declared when the file was written, as far as files keep it: all but the
  /// ranges of numbers. Categories are those of the file's dictionaries.
  const std::shared_ptr<const Schema>& schema() const;
  /// All facts about the file but the embedded Arrow schema.
  const FileMetadata& metadata() const;
  /// Rows of the whole file.
  std::int64_t rows() const;
  int row_groups() const;
  /// Rows of one row group.
  std::int64_t row_group_rows(int group) const;

  /// Read one row group; `columns` names the fields wanted, in that order, or is empty for all.
  Result<Frame> read_row_group(int group, const std::vector<std::string>& columns = {});
  /// Read the whole file; costs its size in memory, uncompressed.
  Result<Frame> read_all(const std::vector<std::string>& columns = {});

 private:
  class Impl;
  explicit ParquetReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Open a file and read all of it.
Result<Frame> read_parquet(const std::filesystem::path& path,
                           const std::vector<std::string>& columns = {});

}  // namespace penstock

// The frame of a Parquet file around its column chunks: magic, chunks in order, footer.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "penstock/base/files.h"
#include "penstock/base/result.h"
#include "penstock/frame/detail/parquet_format.h"
#include "penstock/frame/parquet.h"

namespace penstock::detail {

/// Writes chunks one after another and keeps what the footer must say about them.
class ParquetFile {
 public:
  static Result<ParquetFile> open(std::filesystem::path path);

  Status write(std::string_view bytes) { return file_.write(bytes); }
  /// Bytes written so far: where the next chunk starts.
  std::int64_t offset() const { return std::int64_t(file_.size()); }
  const std::filesystem::path& path() const { return file_.path(); }
  void add(RowGroupMeta group) { row_groups_.push_back(std::move(group)); }

  /// Write the footer and make the file visible.
  Result<ParquetFileInfo> commit(const Schema& schema, const FileMetadata& metadata);

 private:
  explicit ParquetFile(AtomicFile file) : file_(std::move(file)) {}
  AtomicFile file_;
  std::vector<RowGroupMeta> row_groups_;
};

}  // namespace penstock::detail

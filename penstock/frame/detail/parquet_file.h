// The frame of a Parquet file around its column chunks: magic, chunks in order, footer.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "penstock/base/byte_archive.h"
#include "penstock/base/files.h"
#include "penstock/base/result.h"
#include "penstock/frame/detail/parquet_format.h"
#include "penstock/frame/parquet.h"

namespace penstock::detail {

/// Writes chunks one after another and keeps what the footer must say about them.
class ParquetFile {
 public:
  static Result<ParquetFile> open(std::filesystem::path path);
  /// Its bytes go to a sink, which must outlive it.
  static Result<ParquetFile> open(ByteSink& sink);

  Status write(std::string_view bytes) {
    size_ += bytes.size();
    return sink_ != nullptr ? sink_->write(bytes) : file_->write(bytes);
  }
  /// Bytes written so far: where the next chunk starts.
  std::int64_t offset() const { return std::int64_t(size_); }
  /// For messages.
  std::filesystem::path path() const { return file_ ? file_->path() : "the Parquet file"; }
  /// Note what the footer says of the chunks that were written. The ranges of texts are cut to a
  /// length that readers accept, however they were computed.
  Status add(RowGroupMeta group);

  /// Write the footer and, unless it goes to a sink, make the file visible. InvalidData when
  /// readers would refuse the footer.
  Result<ParquetFileInfo> commit(const Schema& schema, const FileMetadata& metadata);

 private:
  ParquetFile() = default;
  std::optional<AtomicFile> file_;
  ByteSink* sink_ = nullptr;
  std::uint64_t size_ = 0;
  std::vector<RowGroupMeta> row_groups_;
};

}  // namespace penstock::detail

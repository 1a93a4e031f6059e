#include "penstock/frame/detail/parquet_file.h"

#include "penstock/frame/detail/arrow_schema.h"

namespace penstock::detail {

Result<ParquetFile> ParquetFile::open(std::filesystem::path path) {
  ParquetFile file;
  file.file_ = PENSTOCK_TRY(AtomicFile::open(std::move(path)));
  PENSTOCK_TRY(file.write(kParquetMagic));
  return file;
}

Result<ParquetFile> ParquetFile::open(ByteSink& sink) {
  ParquetFile file;
  file.sink_ = &sink;
  PENSTOCK_TRY(file.write(kParquetMagic));
  return file;
}

Result<ParquetFileInfo> ParquetFile::commit(const Schema& schema, const FileMetadata& metadata) {
  FooterMeta footer;
  footer.row_groups = std::move(row_groups_);
  footer.metadata.assign(metadata.begin(), metadata.end());
  footer.metadata.emplace_back(kArrowSchemaKey, PENSTOCK_TRY(embedded_arrow_schema(schema)));
  PENSTOCK_TRY(write(encode_footer(schema, footer)));
  if (file_) PENSTOCK_TRY(file_->commit());

  ParquetFileInfo info;
  for (const auto& group : footer.row_groups) info.rows += group.rows;
  info.row_groups = std::int64_t(footer.row_groups.size());
  info.bytes = size_;
  return info;
}

}  // namespace penstock::detail

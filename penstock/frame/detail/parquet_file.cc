#include "penstock/frame/detail/parquet_file.h"

#include <fmt/format.h>

#include <limits>

#include "penstock/base/text.h"
#include "penstock/frame/detail/arrow_schema.h"

namespace penstock::detail {
namespace {

// Readers that are made with Thrift take lists of at most a million elements by default.
constexpr std::size_t kMaxRowGroups = 1'000'000;
// The length of the footer is a number of 32 bits, which some readers take for a signed one.
constexpr std::size_t kMaxFooterBytes = std::numeric_limits<std::int32_t>::max();

}  // namespace


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

Status ParquetFile::add(RowGroupMeta group) {
  if (row_groups_.size() == kMaxRowGroups)
    return make_error(ErrorCode::InvalidData,
                      fmt::format("{} has more than {} row groups, which readers of Parquet "
                                  "refuse; raise row_group_rows",
                                  path().string(), format_count(kMaxRowGroups)));
  for (auto& chunk : group.columns) bound_range(chunk);
  row_groups_.push_back(std::move(group));
  return {};
}

Result<ParquetFileInfo> ParquetFile::commit(const Schema& schema, const FileMetadata& metadata) {
  PENSTOCK_TRY(check_metadata(metadata));
  FooterMeta footer;
  footer.row_groups = std::move(row_groups_);
  footer.metadata.assign(metadata.begin(), metadata.end());
  footer.metadata.emplace_back(kArrowSchemaKey, PENSTOCK_TRY(embedded_arrow_schema(schema)));
  const auto bytes = encode_footer(schema, footer);
  if (bytes.size() > kMaxFooterBytes)
    return make_error(ErrorCode::InvalidData,
                      fmt::format("the footer of {} has {}, more than readers of Parquet accept; "
                                  "raise row_group_rows",
                                  path().string(), format_bytes(bytes.size())));
  PENSTOCK_TRY(write(bytes));
  if (file_) PENSTOCK_TRY(file_->commit());

  ParquetFileInfo info;
  for (const auto& group : footer.row_groups) info.rows += group.rows;
  info.row_groups = std::int64_t(footer.row_groups.size());
  info.bytes = size_;
  return info;
}

}  // namespace penstock::detail

#include "penstock/frame/detail/parquet_footer.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/statistics.h>

#include <nlohmann/json.hpp>

#include "penstock/frame/detail/arrow_schema.h"

namespace penstock::detail {
namespace {

Result<Codec> codec_of_chunk(const parquet::ColumnChunkMetaData& chunk) {
  switch (chunk.compression()) {
    case parquet::Compression::UNCOMPRESSED:
      return Codec::None;
    case parquet::Compression::SNAPPY:
      return Codec::Snappy;
    case parquet::Compression::ZSTD:
      return Codec::Zstd;
    default:
      break;
  }
  return make_error(ErrorCode::InvalidData,
                    fmt::format("column {} is compressed in a way other than snappy, zstd or none",
                                chunk.path_in_schema()->ToDotString()));
}

void set_statistics(const parquet::ColumnChunkMetaData& from, ChunkMeta& chunk) {
  const auto statistics = from.encoded_statistics();
  if (!statistics) return;
  if (statistics->has_null_count) chunk.nulls = statistics->null_count;
  if (statistics->has_min) chunk.min = statistics->min();
  if (statistics->has_max) chunk.max = statistics->max();
}

Result<ChunkMeta> chunk_meta(const parquet::ColumnChunkMetaData& from) {
  ChunkMeta chunk;
  chunk.type = std::int32_t(from.type());
  chunk.name = from.path_in_schema()->ToDotString();
  chunk.codec = std::int32_t(PENSTOCK_TRY(codec_of_chunk(from)));
  chunk.values = from.num_values();
  chunk.uncompressed_bytes = from.total_uncompressed_size();
  chunk.compressed_bytes = from.total_compressed_size();
  chunk.data_offset = from.data_page_offset();
  if (from.has_dictionary_page()) chunk.dictionary_offset = from.dictionary_page_offset();
  for (const auto encoding : from.encodings()) chunk.encodings.push_back(std::int32_t(encoding));
  for (const auto& entry : from.encoding_stats())
    chunk.encoding_counts.push_back(
        {std::int32_t(entry.page_type), std::int32_t(entry.encoding), entry.count});
  set_statistics(from, chunk);
  return chunk;
}

Result<std::vector<RowGroupMeta>> row_group_metas(const parquet::FileMetaData& footer) {
  std::vector<RowGroupMeta> groups;
  for (int i = 0; i < footer.num_row_groups(); ++i) {
    const auto from = footer.RowGroup(i);
    RowGroupMeta group;
    group.rows = from->num_rows();
    for (int c = 0; c < from->num_columns(); ++c)
      group.columns.push_back(PENSTOCK_TRY(chunk_meta(*from->ColumnChunk(c))));
    groups.push_back(std::move(group));
  }
  return groups;
}

Result<ParquetFooter> footer_of(const std::filesystem::path& path) {
  const auto reader = parquet::ParquetFileReader::OpenFile(path.string(), /*memory_map=*/false);
  const auto from = reader->metadata();
  std::shared_ptr<arrow::Schema> fields;
  const auto status =
      parquet::arrow::FromParquetSchema(from->schema(), parquet::default_arrow_reader_properties(),
                                        from->key_value_metadata(), &fields);
  if (!status.ok()) return damaged(path, status.message());
  ParquetFooter footer;
  footer.metadata = file_metadata(*from);
  footer.schema = PENSTOCK_TRY(table_schema(*fields, footer.metadata));
  footer.row_groups = PENSTOCK_TRY(row_group_metas(*from));
  return footer;
}

// The primary key as files keep it; what is not a list of texts is not one of ours.
std::vector<std::string> primary_key_of(const std::string& json) {
  const auto list = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> names;
  if (!list.is_array()) return names;
  for (const auto& name : list)
    if (name.is_string()) names.push_back(name.get<std::string>());
  return names;
}

}  // namespace

Error damaged(const std::filesystem::path& path, const std::string& reason) {
  return make_error(ErrorCode::Corrupt,
                    fmt::format("{} is not a readable Parquet file: {}", path.string(), reason));
}

FileMetadata file_metadata(const parquet::FileMetaData& footer) {
  FileMetadata metadata;
  const auto& from = footer.key_value_metadata();
  for (std::int64_t i = 0; from && i < from->size(); ++i)
    if (from->key(i) != kArrowSchemaKey) metadata[from->key(i)] = from->value(i);
  return metadata;
}

Result<Schema> table_schema(const arrow::Schema& fields, const FileMetadata& metadata) {
  Schema schema;
  for (const auto& field : fields.fields())
    schema.fields.push_back(PENSTOCK_TRY(from_arrow_field(*field)));
  for (const auto& [key, value] : metadata) {
    if (key == "table")
      schema.name = value;
    else if (key == "description")
      schema.description = value;
    else if (key == "primary_key")
      schema.primary_key = primary_key_of(value);
    else
      schema.metadata[key] = value;
  }
  return schema;
}

Result<ParquetFooter> read_parquet_footer(const std::filesystem::path& path) {
  // Arrow's own message for a missing file would name another cause.
  if (!std::filesystem::exists(path))
    return make_error(ErrorCode::NotFound, fmt::format("there is no file {}", path.string()));
  try {
    auto footer = footer_of(path);
    if (!footer.ok()) return std::move(footer).error().within(path.string());
    return footer;
  } catch (const parquet::ParquetException& error) {
    return damaged(path, error.what());
  }
}

}  // namespace penstock::detail

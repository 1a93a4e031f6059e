#include "penstock/frame/detail/parquet_footer.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/statistics.h>

#include <algorithm>
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

// Arrow does not say whether a range is exact. Ours are where they are shorter than what is cut;
// those of other writers may be, for all that is known.
void set_exactness(bool is_ours, ChunkMeta& chunk) {
  constexpr std::size_t kShortestCut = kMaxRangeBytes - 3;
  if (chunk.type != std::int32_t(PhysicalType::ByteArray)) return;
  if (!is_ours || !chunk.min || chunk.min->size() >= kShortestCut) chunk.min_is_exact.reset();
  if (!is_ours || !chunk.max || chunk.max->size() >= kShortestCut) chunk.max_is_exact.reset();
}

void set_statistics(const parquet::ColumnChunkMetaData& from, bool is_ours, ChunkMeta& chunk) {
  const auto statistics = from.encoded_statistics();
  if (!statistics) return;
  if (statistics->has_null_count) chunk.nulls = statistics->null_count;
  if (statistics->has_min) chunk.min = statistics->min();
  if (statistics->has_max) chunk.max = statistics->max();
  set_exactness(is_ours, chunk);
}

Result<ChunkMeta> chunk_meta(const parquet::ColumnChunkMetaData& from, bool is_ours) {
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
  set_statistics(from, is_ours, chunk);
  return chunk;
}

Result<std::vector<RowGroupMeta>> row_group_metas(const parquet::FileMetaData& footer) {
  const bool is_ours = footer.created_by().starts_with("penstock ");
  std::vector<RowGroupMeta> groups;
  for (int i = 0; i < footer.num_row_groups(); ++i) {
    const auto from = footer.RowGroup(i);
    RowGroupMeta group;
    group.rows = from->num_rows();
    for (int c = 0; c < from->num_columns(); ++c)
      group.columns.push_back(PENSTOCK_TRY(chunk_meta(*from->ColumnChunk(c), is_ours)));
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

// The primary key as files keep it; what is not a list of columns is not one of ours.
std::vector<std::string> primary_key_of(const std::string& json, const Schema& schema) {
  const auto list = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> names;
  if (!list.is_array()) return names;
  for (const auto& name : list) {
    if (!name.is_string() || !schema.find(name.get<std::string>())) return {};
    if (std::ranges::count(names, name.get<std::string>()) != 0) return {};
    names.push_back(name.get<std::string>());
  }
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
      schema.primary_key = primary_key_of(value, schema);
    else
      schema.metadata[key] = value;
  }
  PENSTOCK_TRY(schema.validate());
  return schema;
}

Result<ParquetFooter> read_parquet_footer(const std::filesystem::path& path) {
  // Arrow's own message for a missing file would name another cause.
  if (!std::filesystem::exists(path))
    return make_error(ErrorCode::NotFound, fmt::format("there is no file {}", path.string()));
  return guarded(path, [&] { return footer_of(path); });
}

}  // namespace penstock::detail

#include "penstock/frame/detail/parquet_format.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "penstock/frame/detail/parquet_thrift.h"

namespace penstock::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "Parquet stores little-endian values");

// "version 2" of the footer is what readers show as format 2.x.
constexpr std::int32_t kFormatVersion = 2;
constexpr std::string_view kCreatedBy = "penstock version 1.0.0";

enum LogicalType { kLogicalString = 1, kLogicalDate = 6, kLogicalTimestamp = 8 };
enum ConvertedType {
  kConvertedUtf8 = 0,
  kConvertedDate = 6,
  kConvertedMillis = 9,
  kConvertedMicros = 10
};

bool stored_as_micros(const Field& field) { return field.time_unit == TimeUnit::Micro; }

void write_timestamp(ThriftWriter& out, const Field& field) {
  // The older annotation cannot say "local", so that only instants carry it.
  if (field.utc_adjusted) out.i32(6, stored_as_micros(field) ? kConvertedMicros : kConvertedMillis);
  out.begin_struct(10);
  out.begin_struct(kLogicalTimestamp);
  out.boolean(1, field.utc_adjusted);
  out.begin_struct(2);
  out.empty_struct(stored_as_micros(field) ? 2 : 1);
  out.end_struct();
  out.end_struct();
  out.end_struct();
}

void write_logical_type(ThriftWriter& out, const Field& field) {
  const bool text = field.type == DataType::Text || field.type == DataType::Category;
  if (field.type == DataType::Timestamp) return write_timestamp(out, field);
  if (!text && field.type != DataType::Date) return;
  out.i32(6, text ? kConvertedUtf8 : kConvertedDate);
  out.begin_struct(10);
  out.empty_struct(text ? kLogicalString : kLogicalDate);
  out.end_struct();
}

void write_schema(ThriftWriter& out, const Schema& schema) {
  out.list(2, ThriftType::Struct, schema.fields.size() + 1);
  out.begin_element();
  out.i32(3, 0);
  out.binary(4, "schema");
  out.i32(5, std::int32_t(schema.fields.size()));
  out.end_struct();
  for (const auto& field : schema.fields) {
    out.begin_element();
    out.i32(1, std::int32_t(physical_type(field.type)));
    out.i32(3, field.nullable ? 1 : 0);
    out.binary(4, field.name);
    write_logical_type(out, field);
    out.end_struct();
  }
}

void write_statistics(ThriftWriter& out, const ChunkMeta& chunk) {
  if (!chunk.nulls && !chunk.min && !chunk.max) return;
  out.begin_struct(12);
  if (chunk.nulls) out.i64(3, *chunk.nulls);
  if (chunk.max) out.binary(5, *chunk.max);
  if (chunk.min) out.binary(6, *chunk.min);
  if (chunk.max && chunk.max_is_exact) out.boolean(7, *chunk.max_is_exact);
  if (chunk.min && chunk.min_is_exact) out.boolean(8, *chunk.min_is_exact);
  out.end_struct();
}

void write_chunk_meta(ThriftWriter& out, const ChunkMeta& chunk) {
  out.begin_struct(3);
  out.i32(1, chunk.type);
  out.list(2, ThriftType::I32, chunk.encodings.size());
  for (const auto encoding : chunk.encodings) out.i32_element(encoding);
  out.list(3, ThriftType::Binary, 1);
  out.binary_element(chunk.name);
  out.i32(4, chunk.codec);
  out.i64(5, chunk.values);
  out.i64(6, chunk.uncompressed_bytes);
  out.i64(7, chunk.compressed_bytes);
  out.i64(9, chunk.data_offset);
  if (chunk.dictionary_offset) out.i64(11, *chunk.dictionary_offset);
  write_statistics(out, chunk);
  out.list(13, ThriftType::Struct, chunk.encoding_counts.size());
  for (const auto& entry : chunk.encoding_counts) {
    out.begin_element();
    out.i32(1, entry.page);
    out.i32(2, entry.encoding);
    out.i32(3, entry.count);
    out.end_struct();
  }
  out.end_struct();
}

void write_sorting_columns(ThriftWriter& out, const Schema& schema) {
  std::vector<std::size_t> positions;
  for (const auto& name : schema.primary_key)
    if (const auto at = schema.find(name)) positions.push_back(*at);
  if (positions.empty()) return;
  out.list(4, ThriftType::Struct, positions.size());
  for (const auto position : positions) {
    out.begin_element();
    out.i32(1, std::int32_t(position));
    out.boolean(2, false);
    out.boolean(3, false);
    out.end_struct();
  }
}

std::int64_t first_offset(const ChunkMeta& chunk) {
  return chunk.dictionary_offset.value_or(chunk.data_offset);
}

void write_row_group(ThriftWriter& out, const Schema& schema, const RowGroupMeta& group,
                     std::size_t ordinal) {
  std::int64_t uncompressed = 0;
  std::int64_t compressed = 0;
  out.begin_element();
  out.list(1, ThriftType::Struct, group.columns.size());
  for (const auto& chunk : group.columns) {
    uncompressed += chunk.uncompressed_bytes;
    compressed += chunk.compressed_bytes;
    out.begin_element();
    out.i64(2, 0);
    write_chunk_meta(out, chunk);
    out.end_struct();
  }
  out.i64(2, uncompressed);
  out.i64(3, group.rows);
  write_sorting_columns(out, schema);
  if (!group.columns.empty()) out.i64(5, first_offset(group.columns.front()));
  out.i64(6, compressed);
  if (ordinal <= 0x7FFF) out.i16(7, std::int16_t(ordinal));
  out.end_struct();
}

void write_metadata(ThriftWriter& out, const FooterMeta& footer) {
  if (footer.metadata.empty()) return;
  out.list(5, ThriftType::Struct, footer.metadata.size());
  for (const auto& [key, value] : footer.metadata) {
    out.begin_element();
    out.binary(1, key);
    out.binary(2, value);
    out.end_struct();
  }
}

// What a file says of the table must be what the schema says, or it would be read back as another
// table; metadata that is not read back may be anything.
Status check_same(const FileMetadata& declared, const std::string& key, const std::string& value) {
  const auto found = declared.find(key);
  if (found != declared.end() && found->second == value) return {};
  return make_error(ErrorCode::InvalidData,
                    fmt::format("the key {} of the metadata belongs to the schema; set it there, "
                                "or use another key",
                                key),
                    "invalid_schema");
}

}  // namespace

PhysicalType physical_type(DataType type) {
  switch (type) {
    case DataType::Bool:
      return PhysicalType::Boolean;
    case DataType::Int32:
    case DataType::Date:
      return PhysicalType::Int32;
    case DataType::Int64:
    case DataType::Timestamp:
      return PhysicalType::Int64;
    case DataType::Float32:
      return PhysicalType::Float;
    case DataType::Float64:
      return PhysicalType::Double;
    case DataType::Text:
    case DataType::Category:
      return PhysicalType::ByteArray;
  }
  fail_check("data type is known", __FILE__, __LINE__, "a value outside of DataType");
}

Codec codec_of(ParquetCompression compression) {
  switch (compression) {
    case ParquetCompression::None:
      return Codec::None;
    case ParquetCompression::Snappy:
      return Codec::Snappy;
    case ParquetCompression::Zstd:
      return Codec::Zstd;
  }
  fail_check("compression is known", __FILE__, __LINE__, "a value outside of ParquetCompression");
}

void append_page_header(std::string& out, PageType type, Encoding encoding, std::int64_t values,
                        std::int64_t uncompressed, std::int64_t compressed, std::uint32_t crc) {
  ThriftWriter thrift(out);
  thrift.begin_element();
  thrift.i32(1, std::int32_t(type));
  thrift.i32(2, std::int32_t(uncompressed));
  thrift.i32(3, std::int32_t(compressed));
  thrift.i32(4, std::bit_cast<std::int32_t>(crc));
  thrift.begin_struct(type == PageType::Data ? 5 : 7);
  thrift.i32(1, std::int32_t(values));
  thrift.i32(2, std::int32_t(encoding));
  if (type == PageType::Data) {
    thrift.i32(3, std::int32_t(Encoding::Rle));
    thrift.i32(4, std::int32_t(Encoding::Rle));
  }
  thrift.end_struct();
  thrift.end_struct();
}

std::string encode_footer(const Schema& schema, const FooterMeta& footer) {
  std::int64_t rows = 0;
  for (const auto& group : footer.row_groups) rows += group.rows;

  std::string bytes;
  ThriftWriter out(bytes);
  out.begin_element();
  out.i32(1, kFormatVersion);
  write_schema(out, schema);
  out.i64(3, rows);
  out.list(4, ThriftType::Struct, footer.row_groups.size());
  for (std::size_t i = 0; i < footer.row_groups.size(); ++i)
    write_row_group(out, schema, footer.row_groups[i], i);
  write_metadata(out, footer);
  out.binary(6, kCreatedBy);
  out.list(7, ThriftType::Struct, schema.fields.size());
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    out.begin_element();
    out.empty_struct(1);
    out.end_struct();
  }
  out.end_struct();

  const auto length = std::uint32_t(bytes.size());
  char length_bytes[sizeof length];
  std::memcpy(length_bytes, &length, sizeof length);
  bytes.append(length_bytes, sizeof length);
  bytes.append(kParquetMagic);
  return bytes;
}

FileMetadata table_metadata(const Schema& schema) {
  FileMetadata metadata;
  if (!schema.name.empty()) metadata["table"] = schema.name;
  if (!schema.description.empty()) metadata["description"] = schema.description;
  if (!schema.primary_key.empty())
    metadata["primary_key"] = nlohmann::json(schema.primary_key).dump();
  for (const auto& [key, value] : schema.metadata) metadata[key] = value;
  return metadata;
}

Result<FileMetadata> merged_metadata(const Schema& schema, FileMetadata added) {
  auto described = schema;
  described.metadata.clear();
  const auto declared = table_metadata(described);
  for (const auto* key : {"table", "description", "primary_key"})
    if (const auto own = schema.metadata.find(key); own != schema.metadata.end())
      PENSTOCK_TRY(check_same(declared, own->first, own->second));
  if (const auto key = added.find("primary_key"); key != added.end())
    PENSTOCK_TRY(check_same(declared, key->first, key->second));
  auto all = table_metadata(schema);
  for (auto& [key, value] : added) all[key] = std::move(value);
  return all;
}

}  // namespace penstock::detail

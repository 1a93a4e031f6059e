#include "penstock/frame/parquet_concat.h"

#include <fmt/format.h>

#include "penstock/base/files.h"
#include "penstock/frame/detail/parquet_file.h"
#include "penstock/frame/detail/parquet_footer.h"

namespace penstock {
namespace {

using detail::ChunkMeta;
using detail::ParquetFooter;

std::string differs(const std::filesystem::path& path, const Field& field,
                    const std::filesystem::path& first, std::string_view what) {
  return fmt::format(
      "{}: column {} differs from that of {} in its {}; only files of one schema "
      "can be joined",
      path.string(), field.name, first.string(), what);
}

std::string_view difference(const Field& a, const Field& b) {
  if (a.name != b.name) return "name";
  if (a.type != b.type) return "type";
  if (a.nullable != b.nullable) return "nullability";
  if (a.time_unit != b.time_unit || a.utc_adjusted != b.utc_adjusted) return "kind of time";
  if (a.unit != b.unit) return "unit";
  if (a.description != b.description) return "description";
  return {};
}

Status check_same(const Schema& schema, const std::filesystem::path& path, const Schema& first,
                  const std::filesystem::path& first_path) {
  if (schema.fields.size() != first.fields.size())
    return make_error(
        ErrorCode::InvalidData,
        fmt::format("{} has {} columns, {} has {}; only files of one schema can be "
                    "joined",
                    path.string(), schema.fields.size(), first_path.string(), first.fields.size()));
  for (std::size_t i = 0; i < first.fields.size(); ++i)
    if (const auto what = difference(schema.fields[i], first.fields[i]); !what.empty())
      return make_error(ErrorCode::InvalidData, differs(path, schema.fields[i], first_path, what));
  if (schema.primary_key != first.primary_key)
    return make_error(ErrorCode::InvalidData,
                      fmt::format("{} has another primary key than {}; only files of one schema "
                                  "can be joined",
                                  path.string(), first_path.string()));
  return {};
}

Error outside(const std::filesystem::path& path, const std::string& column) {
  return make_error(ErrorCode::Corrupt, fmt::format("{} is damaged: column {} lies outside of it",
                                                    path.string(), column));
}

Status copy_chunk(const MappedFile& source, const std::filesystem::path& path, ChunkMeta& chunk,
                  detail::ParquetFile& out) {
  const auto start = chunk.dictionary_offset.value_or(chunk.data_offset);
  const auto size = std::int64_t(source.bytes().size());
  if (start < 0 || chunk.compressed_bytes < 0 || start > size - chunk.compressed_bytes)
    return outside(path, chunk.name);
  const auto moved = out.offset() - start;
  PENSTOCK_TRY(
      out.write(source.bytes().substr(std::size_t(start), std::size_t(chunk.compressed_bytes))));
  chunk.data_offset += moved;
  if (chunk.dictionary_offset) *chunk.dictionary_offset += moved;
  return {};
}

Status copy_row_groups(const std::filesystem::path& path, ParquetFooter footer,
                       detail::ParquetFile& out) {
  const auto source = PENSTOCK_TRY(MappedFile::open(path));
  for (auto& group : footer.row_groups) {
    for (auto& chunk : group.columns) {
      if (chunk.values != group.rows)
        return make_error(ErrorCode::Corrupt,
                          fmt::format("{} is damaged: column {} has {} values in a row group of {} "
                                      "rows",
                                      path.string(), chunk.name, chunk.values, group.rows));
      PENSTOCK_TRY(copy_chunk(source, path, chunk, out));
    }
    PENSTOCK_TRY(out.add(std::move(group)));
  }
  return {};
}

}  // namespace

Result<ParquetFileInfo> concat_parquet(const std::vector<std::filesystem::path>& inputs,
                                       const std::filesystem::path& output, FileMetadata metadata) {
  if (inputs.empty())
    return make_error(ErrorCode::InvalidData,
                      fmt::format("there are no files to join into {}", output.string()));
  const auto first = PENSTOCK_TRY(detail::read_parquet_footer(inputs.front()));
  // What describes the table holds for the whole; other facts are those of one part.
  Schema table = first.schema;
  table.metadata.clear();
  const auto all = PENSTOCK_TRY(detail::merged_metadata(table, std::move(metadata)));
  PENSTOCK_TRY(check_metadata(all));

  auto out = PENSTOCK_TRY(detail::ParquetFile::open(output));
  for (const auto& path : inputs) {
    auto footer = PENSTOCK_TRY(detail::read_parquet_footer(path));
    PENSTOCK_TRY(check_same(footer.schema, path, first.schema, inputs.front()));
    PENSTOCK_TRY(copy_row_groups(path, std::move(footer), out));
  }
  return out.commit(first.schema, all);
}

}  // namespace penstock

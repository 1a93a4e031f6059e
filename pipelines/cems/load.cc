#include "pipelines/cems/load.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <penstock/base/json.h>
#include <penstock/frame/parquet_concat.h>

#include "pipelines/cems/layouts.h"

namespace cems {
namespace {

using penstock::FileMetadata;
using penstock::Json;
using penstock::Result;

constexpr std::string_view kSchemaVersion = "1";
constexpr std::string_view kLicense = "other-pd";

std::string describe_sources(const std::vector<RawSource>& sources) {
  Json list = Json::array();
  for (const auto& source : sources) {
    Json one = {{"name", source.name}};
    if (!source.md5.empty()) one["md5"] = source.md5;
    one["months"] = source.months;
    list.push_back(std::move(one));
  }
  return list.dump();
}

FileMetadata table_metadata(Layout layout, std::int64_t rows) {
  return {{"cems.table", std::string(table_name(layout))},
          {"cems.layout", std::string(to_string(layout))},
          {"cems.rows", std::to_string(rows)},
          {"cems.tz_reference", std::string(kZoneReferenceDay)},
          {"cems.schema_version", std::string(kSchemaVersion)},
          {"license", std::string(kLicense)}};
}

}  // namespace

LoadedFacts LoadedPartition::facts() const {
  LoadedFacts facts{.partition = partition, .rows = profile.rows};
  for (const auto& column : profile.columns) facts.nulls[column.name] = column.nulls;
  return facts;
}

std::string path_of(const Partition& partition, Layout layout, Files files) {
  if (files == Files::Hive)
    return fmt::format("{}/year={}/state={}/part-0.parquet", table_name(layout), partition.year,
                       partition.state);
  return fmt::format("{}/epacems-{}.parquet", table_name(layout), partition.name());
}

FileMetadata file_metadata(const HourlyTable& table) {
  auto metadata = table_metadata(table.layout, table.frame.rows);
  metadata["cems.partition"] = table.partition.key();
  metadata["cems.sources"] = describe_sources(table.sources);
  metadata["cems.supplements"] = describe_sources(table.supplements);
  metadata["cems.tz_fallbacks"] = std::to_string(table.units.zone_fallbacks);
  return metadata;
}

Result<LoadedPartition> load_table(const HourlyTable& table, const std::filesystem::path& folder,
                                   const Scope& scope) {
  LoadedPartition loaded;
  loaded.partition = table.partition;
  loaded.path = path_of(table.partition, table.layout, scope.files);
  const penstock::ParquetOptions options = {.compression = scope.compression,
                                            .row_group_rows = scope.row_group_rows};
  const auto info = PENSTOCK_TRY(
      penstock::write_parquet(folder / loaded.path, table.frame, file_metadata(table), options));
  loaded.bytes = info.bytes;
  loaded.profile = PENSTOCK_TRY(penstock::profile_frame(table.frame));
  return loaded;
}

Result<penstock::ParquetFileInfo> consolidate_files(std::span<const LoadedPartition> parts,
                                                    const std::filesystem::path& folder,
                                                    Layout layout) {
  std::vector<std::filesystem::path> inputs;
  Json partitions = Json::array();
  std::int64_t rows = 0;
  for (const auto& part : parts) {
    inputs.push_back(folder / part.path);
    partitions.push_back(part.partition.key());
    rows += part.profile.rows;
  }
  auto metadata = table_metadata(layout, rows);
  metadata["cems.partitions"] = partitions.dump();
  return penstock::concat_parquet(inputs, folder / (std::string(table_name(layout)) + ".parquet"),
                                  std::move(metadata));
}

}  // namespace cems

// Declares the settings in a config schema; shared by the structs that hold all or some of them.
#pragma once

#include <string>
#include <string_view>

#include <penstock/model/config_schema.h>

#include "pipelines/cems/settings.h"

namespace cems {

inline constexpr std::string_view kMissingPartitions =
    "partitions that no archive has: an error, or skipped with a warning";
inline constexpr std::string_view kMissingMonths =
    "months that an archive lacks: an error, or skipped with a warning";
inline constexpr std::string_view kSupplements =
    "files that stand in for months that archives lack";
inline constexpr std::string_view kConsolidate = "also write all partitions as one file";

inline void describe_layout(penstock::ConfigFieldBuilder<Layout> field) {
  field.describe("which published table to make: of today, or of the prototype of 2022")
      .names({{Layout::Current, "current"}, {Layout::Prototype, "prototype"}});
}
inline void describe_files(penstock::ConfigFieldBuilder<Files> field) {
  field.describe("one folder of files, or folders by year and state that do not store these")
      .names({{Files::Flat, "flat"}, {Files::Hive, "hive"}});
}
inline void describe_missing(penstock::ConfigFieldBuilder<Missing> field, std::string_view what) {
  field.describe(std::string(what)).names({{Missing::Error, "error"}, {Missing::Skip, "skip"}});
}
inline void describe_bad_values(penstock::ConfigFieldBuilder<BadValues> field) {
  field.describe("measures that are no numbers: an error, or null and counted")
      .names({{BadValues::Error, "error"}, {BadValues::Null, "null"}});
}
inline void describe_compression(penstock::ConfigFieldBuilder<penstock::ParquetCompression> field) {
  using penstock::ParquetCompression;
  field.describe("how Parquet pages are compressed")
      .names({{ParquetCompression::Snappy, "snappy"},
              {ParquetCompression::Zstd, "zstd"},
              {ParquetCompression::None, "none"}});
}
inline void describe_row_groups(penstock::ConfigFieldBuilder<std::int64_t> field) {
  field.describe("most rows in a row group of a Parquet file").range(1, 100'000);
}

/// Declare all settings in the schema of Settings or of a struct that extends it.
template <class C>
void describe_settings(penstock::ConfigSchema<C>& s) {
  s.field("years", &Settings::years).describe("years to load");
  s.field("states", &Settings::states).describe("two-letter states, or all");
  s.field("quarters", &Settings::quarters)
      .describe("quarters such as 2020q4, instead of years and states");
  describe_layout(s.field("layout", &Settings::layout));
  describe_files(s.field("files", &Settings::files));
  s.field("consolidate", &Settings::consolidate).describe(std::string(kConsolidate));
  describe_compression(s.field("compression", &Settings::compression));
  describe_row_groups(s.field("row_group_rows", &Settings::row_group_rows));
  describe_missing(s.field("missing_partitions", &Settings::missing_partitions),
                   kMissingPartitions);
  describe_missing(s.field("missing_months", &Settings::missing_months), kMissingMonths);
  s.field("supplements", &Settings::supplements).describe(std::string(kSupplements));
  describe_bad_values(s.field("bad_values", &Settings::bad_values));
}

}  // namespace cems

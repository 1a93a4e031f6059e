// The configs of ops and resources, and the one small document of the job that fills them all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <penstock/base/zip.h>
#include <penstock/model/config_schema.h>

#include "pipelines/cems/settings.h"

namespace cems {

/// The folder of the raw archives: $CEMS_ARCHIVES, or the pipeline's own data.
std::filesystem::path default_raw_dir();
/// A table of the pipeline's own data, such as `plant_timezones_2017.csv`.
std::filesystem::path default_table(const std::string& file);
/// Where the table is written: $CEMS_OUTPUT, or `out`.
std::filesystem::path default_output_dir();

/// What `extract` must know.
struct ExtractConfig {
  Layout layout = Layout::Current;
  Missing missing_months = Missing::Error;
  BadValues bad_values = BadValues::Error;
  std::vector<Supplement> supplements = {};

  static void describe(penstock::ConfigSchema<ExtractConfig>& s);
};

/// What `transform` must know.
struct TransformConfig {
  Files files = Files::Flat;

  static void describe(penstock::ConfigSchema<TransformConfig>& s);
};

/// What `load` must know.
struct LoadConfig {
  Files files = Files::Flat;
  penstock::ParquetCompression compression = penstock::ParquetCompression::Snappy;
  std::int64_t row_group_rows = 100'000;

  static void describe(penstock::ConfigSchema<LoadConfig>& s);
};

/// What `consolidate` must know.
struct ConsolidateConfig {
  Layout layout = Layout::Current;
  bool consolidate = false;

  static void describe(penstock::ConfigSchema<ConsolidateConfig>& s);
};

/// What a member of an archive may unpack to before the archive is refused as an attack.
struct ArchiveLimits {
  penstock::Bytes max_member_bytes = {std::int64_t(penstock::ZipLimits().max_member_bytes)};
  std::int64_t max_ratio = std::int64_t(penstock::ZipLimits().max_ratio);

  penstock::ZipLimits zip_limits() const;
};

/// Where the archives lie.
struct DatastoreConfig : ArchiveLimits {
  std::filesystem::path raw_dir = default_raw_dir();

  static void describe(penstock::ConfigSchema<DatastoreConfig>& s);
};

/// Where the table of time zones lies.
struct TimeZonesConfig {
  std::filesystem::path file = default_table("plant_timezones_2017.csv");

  static void describe(penstock::ConfigSchema<TimeZonesConfig>& s);
};

/// Where the crosswalk lies.
struct CrosswalkConfig {
  std::filesystem::path file = default_table("epa_eia_crosswalk.csv");

  static void describe(penstock::ConfigSchema<CrosswalkConfig>& s);
};

/// Where EPA's annual totals lie.
struct AnnualTotalsConfig {
  std::filesystem::path file =
      default_table("epa_annual_unit_totals_2017.csv");  ///< empty: no check

  static void describe(penstock::ConfigSchema<AnnualTotalsConfig>& s);
};

/// Where the table is written.
struct OutputConfig {
  std::filesystem::path output_dir = default_output_dir();

  static void describe(penstock::ConfigSchema<OutputConfig>& s);
};

/// The whole config of the job, from which all of the above are filled.
struct JobConfig : Settings, ArchiveLimits {
  std::filesystem::path raw_dir = default_raw_dir();
  std::filesystem::path timezones = default_table("plant_timezones_2017.csv");
  std::filesystem::path crosswalk = default_table("epa_eia_crosswalk.csv");
  std::filesystem::path output_dir = default_output_dir();

  static void describe(penstock::ConfigSchema<JobConfig>& s);
  static void check(JobConfig& config, penstock::ConfigCheck& check);
};

}  // namespace cems

#include "pipelines/cems/configs.h"

#include <cstdlib>
#include <optional>

#include "pipelines/cems/settings_schema.h"

namespace cems {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return {};
  return fs::path(value);
}

/// The pipeline's data: below the working directory, or beside a folder that the program lies in.
fs::path find_own_data() {
  const fs::path data = "pipelines/cems/data";
  std::error_code error;
  if (fs::exists(data / "datapackage.json", error)) return data;
  for (auto at = fs::read_symlink("/proc/self/exe", error); at.has_relative_path();
       at = at.parent_path())
    if (fs::exists(at.parent_path() / data / "datapackage.json", error))
      return at.parent_path() / data;
  return data;
}

const fs::path& own_data() {
  static const fs::path folder = find_own_data();
  return folder;
}

}  // namespace

fs::path default_raw_dir() { return from_environment("CEMS_ARCHIVES").value_or(own_data()); }

fs::path default_table(const std::string& file) { return own_data() / "reference" / file; }

fs::path default_output_dir() { return from_environment("CEMS_OUTPUT").value_or("out"); }

void ExtractConfig::describe(penstock::ConfigSchema<ExtractConfig>& s) {
  describe_layout(s.field("layout", &ExtractConfig::layout));
  describe_missing(s.field("missing_months", &ExtractConfig::missing_months), kMissingMonths);
  describe_bad_values(s.field("bad_values", &ExtractConfig::bad_values));
  s.field("supplements", &ExtractConfig::supplements).describe(std::string(kSupplements));
}

void TransformConfig::describe(penstock::ConfigSchema<TransformConfig>& s) {
  describe_files(s.field("files", &TransformConfig::files));
}

void LoadConfig::describe(penstock::ConfigSchema<LoadConfig>& s) {
  describe_files(s.field("files", &LoadConfig::files));
  describe_compression(s.field("compression", &LoadConfig::compression));
  describe_row_groups(s.field("row_group_rows", &LoadConfig::row_group_rows));
}

void ConsolidateConfig::describe(penstock::ConfigSchema<ConsolidateConfig>& s) {
  describe_layout(s.field("layout", &ConsolidateConfig::layout));
  s.field("consolidate", &ConsolidateConfig::consolidate).describe(std::string(kConsolidate));
}

penstock::ZipLimits ArchiveLimits::zip_limits() const {
  penstock::ZipLimits limits;
  limits.max_member_bytes = std::uint64_t(max_member_bytes.count);
  limits.max_ratio = std::uint64_t(max_ratio);
  return limits;
}

namespace {

template <class Config>
void describe_limits(penstock::ConfigSchema<Config>& s) {
  s.field("max_member_bytes", &Config::max_member_bytes)
      .describe("unpacked size that a file in an archive may have")
      .min(penstock::Bytes{1});
  s.field("max_ratio", &Config::max_ratio)
      .describe("times its packed size that a file of more than 64 MiB may unpack to")
      .min(1);
}

}  // namespace

void DatastoreConfig::describe(penstock::ConfigSchema<DatastoreConfig>& s) {
  s.field("raw_dir", &DatastoreConfig::raw_dir)
      .describe("folder with the archives and their datapackage.json");
  describe_limits(s);
}

void TimeZonesConfig::describe(penstock::ConfigSchema<TimeZonesConfig>& s) {
  s.field("file", &TimeZonesConfig::file)
      .describe("CSV file with the columns plant_id_eia and timezone");
}

void CrosswalkConfig::describe(penstock::ConfigSchema<CrosswalkConfig>& s) {
  s.field("file", &CrosswalkConfig::file)
      .describe("EPA's crosswalk between its units and EIA's plants");
}

void AnnualTotalsConfig::describe(penstock::ConfigSchema<AnnualTotalsConfig>& s) {
  s.field("file", &AnnualTotalsConfig::file)
      .describe("EPA's totals per unit of 2017, to compare with; empty: do not compare");
}

void OutputConfig::describe(penstock::ConfigSchema<OutputConfig>& s) {
  s.field("output_dir", &OutputConfig::output_dir).describe("folder that the table is written to");
}

void JobConfig::describe(penstock::ConfigSchema<JobConfig>& s) {
  describe_settings(s);
  s.field("raw_dir", &JobConfig::raw_dir)
      .describe("folder with the archives and their datapackage.json");
  describe_limits(s);
  s.field("timezones", &JobConfig::timezones)
      .describe("CSV file with the columns plant_id_eia and timezone");
  s.field("crosswalk", &JobConfig::crosswalk)
      .describe("EPA's crosswalk between its units and EIA's plants");
  s.field("output_dir", &JobConfig::output_dir).describe("folder that the table is written to");
}

void JobConfig::check(JobConfig& config, penstock::ConfigCheck& check) {
  Settings::check(config, check);
}

}  // namespace cems

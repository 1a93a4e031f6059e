#include "pipelines/cems/ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include <penstock/base/text.h>
#include <nlohmann/json.hpp>

#include "pipelines/cems/checks.h"
#include "pipelines/cems/errors.h"
#include "pipelines/cems/extract.h"
#include "pipelines/cems/layouts.h"

namespace cems {
namespace {

using penstock::Dynamic;
using penstock::MetadataValue;
using penstock::OpContext;
using penstock::Resource;
using penstock::Result;

/// Tell which partitions are left out; many of them in one message.
void warn_skipped(OpContext& op, const std::vector<std::string>& names, const std::string& first) {
  if (names.empty()) return;
  op.warning(names.size() == 1 ? first + "; skipped"
                               : fmt::format("{} partitions have no archive and are skipped: {}",
                                             names.size(), penstock::join(names, ", ")));
}

/// Look every partition up: those that exist, or all that are missing as one error.
Result<std::vector<PartitionTask>> look_up(OpContext& op, const Scope& scope,
                                           const Datastore& archives) {
  std::vector<PartitionTask> tasks;
  std::vector<std::string> skipped;
  std::string first_skipped;
  std::vector<penstock::Error> problems;
  for (const auto& partition : scope.partitions) {
    auto entry = archives.descriptor().find(partition);
    if (entry) {
      tasks.push_back({partition, (*entry)->bytes});
    } else if (scope.missing_partitions == Missing::Skip &&
               entry.error().kind == "partition_missing") {
      if (skipped.empty()) first_skipped = entry.error().message;
      skipped.push_back(partition.name());
    } else {
      problems.push_back(std::move(entry).error());
    }
  }
  if (!problems.empty()) return combine(std::move(problems));
  warn_skipped(op, skipped, first_skipped);
  return tasks;
}

Scope scope_of(const ExtractConfig& config) {
  Scope scope{.layout = config.layout,
              .missing_months = config.missing_months,
              .bad_values = config.bad_values};
  for (const auto& one : config.supplements)
    scope.supplements[{one.year, penstock::to_upper(one.state)}][one.month] = one.file;
  return scope;
}

std::vector<int> months_of(const HourlyTable& table) {
  std::vector<int> months;
  for (const auto* sources : {&table.sources, &table.supplements})
    for (const auto& source : *sources)
      months.insert(months.end(), source.months.begin(), source.months.end());
  std::ranges::sort(months);
  return months;
}

penstock::Materialization describe(const HourlyTable& table, const LoadedPartition& loaded,
                                   const std::filesystem::path& file) {
  penstock::Materialization made;
  made.asset = kAsset;
  made.partition = table.partition.key();
  made.path = file.string();
  made.metadata = {{"rows", table.frame.rows},
                   {"bytes", loaded.bytes},
                   {"csv_bytes", table.csv_bytes},
                   {"months", format_months(months_of(table))},
                   {"plants", table.plant_count},
                   {"units", table.unit_count},
                   {"load_rule_hits", table.load_rule_hits},
                   {"crosswalk_matches", table.units.crosswalk_matches},
                   {"crosswalk_fallbacks", table.units.crosswalk_fallbacks},
                   {"zone_fallbacks", table.units.zone_fallbacks},
                   {"bad_values", table.bad_values},
                   {"columns", MetadataValue::json(penstock::to_json(loaded.profile))}};
  return made;
}

}  // namespace

Result<Dynamic<PartitionTask>> gather_partitions(OpContext& op, const Settings& settings,
                                                 Resource<Datastore> archives, Resource<TimeZones>,
                                                 Resource<Crosswalk>) {
  const auto scope = PENSTOCK_TRY(check_settings(settings));
  auto tasks = PENSTOCK_TRY(look_up(op, scope, *archives));
  for (const auto& task : tasks) PENSTOCK_TRY(check_supplements(*archives, task.partition, scope));
  op.info(fmt::format("{} of {} partitions have archives", tasks.size(), scope.partitions.size()));
  // The longest work first, so that no worker is left with it at the end.
  std::ranges::stable_sort(tasks, std::ranges::greater(), &PartitionTask::archive_bytes);
  Dynamic<PartitionTask> partitions(op);
  for (auto& task : tasks) {
    auto key = task.partition.name();
    partitions.yield(std::move(key), std::move(task));
  }
  return partitions;
}

Result<RawHours> extract(OpContext& op, const ExtractConfig& config, Resource<Datastore> archives,
                         const PartitionTask& task) {
  auto raw =
      PENSTOCK_TRY(extract_hours(*archives, task.partition, scope_of(config), op.stop_token()));
  for (const auto& warning : raw.warnings) op.warning(warning);
  op.add_metadata("rows", raw.rows);
  op.add_metadata("csv_bytes", raw.csv_bytes);
  return raw;
}

Result<HourlyTable> transform(OpContext& op, const TransformConfig& config,
                              Resource<TimeZones> zones, Resource<Crosswalk> crosswalk,
                              Resource<AnnualTotals> annual, const RawHours& raw) {
  const Lookups lookups{.crosswalk = &*crosswalk, .zones = &*zones, .annual = &*annual};
  auto table = PENSTOCK_TRY(transform_hours(raw, lookups, config.files));
  for (std::size_t i = raw.warnings.size(); i < table.warnings.size(); ++i)
    op.warning(table.warnings[i]);
  for (const auto& check : table.checks) op.record(check);
  PENSTOCK_TRY(first_problem(table));
  op.add_metadata("rows", table.frame.rows);
  return table;
}

Result<LoadedPartition> load(OpContext& op, const LoadConfig& config, Resource<OutputFolder> output,
                             const HourlyTable& table) {
  const Scope scope{.files = config.files,
                    .compression = config.compression,
                    .row_group_rows = config.row_group_rows};
  auto loaded = PENSTOCK_TRY(load_table(table, output->path, scope));
  op.record(describe(table, loaded, output->path / loaded.path));
  op.add_metadata("path", MetadataValue::path(loaded.path));
  op.add_metadata("bytes", loaded.bytes);
  return loaded;
}

Result<TableSummary> consolidate(OpContext& op, const ConsolidateConfig& config,
                                 Resource<OutputFolder> output,
                                 const std::vector<LoadedPartition>& parts) {
  std::vector<LoadedPartition> ordered = parts;
  std::ranges::sort(ordered, {}, &LoadedPartition::partition);
  TableSummary summary{.partitions = std::int64_t(ordered.size()), .path = {}};
  std::vector<LoadedFacts> facts;
  for (const auto& part : ordered) {
    facts.push_back(part.facts());
    summary.rows += part.profile.rows;
    summary.bytes += part.bytes;
  }
  op.record(check_column_not_empty(facts));
  op.record(check_rows_per_year(facts));
  if (config.consolidate && !ordered.empty()) {
    const auto info = PENSTOCK_TRY(consolidate_files(ordered, output->path, config.layout));
    summary.path = std::string(table_name(config.layout)) + ".parquet";
    op.record(penstock::Materialization{.asset = std::string(table_name(config.layout)),
                                        .path = (output->path / summary.path).string(),
                                        .metadata = {{"rows", info.rows}, {"bytes", info.bytes}}});
  }
  op.add_metadata("partitions", summary.partitions);
  op.add_metadata("rows", summary.rows);
  op.add_metadata("bytes", summary.bytes);
  return summary;
}

Result<Datastore> open_datastore(const DatastoreConfig& config) {
  return Datastore::open(config.raw_dir, config.zip_limits());
}

Result<TimeZones> open_time_zones(const TimeZonesConfig& config) {
  return TimeZones::open(config.file);
}

Result<Crosswalk> open_crosswalk(const CrosswalkConfig& config) {
  return Crosswalk::open(config.file);
}

Result<AnnualTotals> open_annual_totals(const AnnualTotalsConfig& config) {
  if (config.file.empty()) return AnnualTotals();
  return AnnualTotals::open(config.file);
}

Result<OutputFolder> open_output(const OutputConfig& config) {
  PENSTOCK_TRY(penstock::make_folders(config.output_dir));
  return OutputFolder{config.output_dir};
}

}  // namespace cems

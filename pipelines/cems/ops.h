// The ops of the job `epacems_etl`, and the resources that they share.
//
// gather_partitions -> extract -> transform -> load, one chain per partition, -> consolidate. Each
// op is a thin layer over the plain functions beside it: it reads its config, calls them, and tells
// the engine what was found.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <penstock/penstock.h>

#include "pipelines/cems/annual_totals.h"
#include "pipelines/cems/configs.h"
#include "pipelines/cems/crosswalk.h"
#include "pipelines/cems/datastore.h"
#include "pipelines/cems/load.h"
#include "pipelines/cems/raw_hours.h"
#include "pipelines/cems/time_zones.h"
#include "pipelines/cems/transform.h"

namespace cems {

/// A partition that is to be made.
struct PartitionTask {
  Partition partition;
  std::uint64_t archive_bytes = 0;  ///< how much work it is, roughly
};

/// The folder that the table is written to.
struct OutputFolder {
  std::filesystem::path path;
};

/// What a run made in all.
struct TableSummary {
  std::int64_t partitions = 0;
  std::int64_t rows = 0;
  std::uint64_t bytes = 0;
  std::string path;  ///< of the one file with all partitions; empty when none was asked for
};

/// Check the settings and look all partitions up, before any work; hand them on, large ones first.
penstock::Result<penstock::Dynamic<PartitionTask>> gather_partitions(
    penstock::OpContext& op, const Settings& settings, penstock::Resource<Datastore> archives,
    penstock::Resource<TimeZones> zones, penstock::Resource<Crosswalk> crosswalk);

/// Verify and read the archive of a partition.
penstock::Result<RawHours> extract(penstock::OpContext& op, const ExtractConfig& config,
                                   penstock::Resource<Datastore> archives,
                                   const PartitionTask& task);

/// Make the table of a partition and record its checks; fails when one of severity Error failed.
penstock::Result<HourlyTable> transform(penstock::OpContext& op, const TransformConfig& config,
                                        penstock::Resource<TimeZones> zones,
                                        penstock::Resource<Crosswalk> crosswalk,
                                        penstock::Resource<AnnualTotals> annual,
                                        const RawHours& raw);

/// Write the file of a partition and record that it was made.
penstock::Result<LoadedPartition> load(penstock::OpContext& op, const LoadConfig& config,
                                       penstock::Resource<OutputFolder> output,
                                       const HourlyTable& table);

/// Check the table as a whole; write it as one file where asked.
penstock::Result<TableSummary> consolidate(penstock::OpContext& op, const ConsolidateConfig& config,
                                           penstock::Resource<OutputFolder> output,
                                           const std::vector<LoadedPartition>& parts);

penstock::Result<Datastore> open_datastore(const DatastoreConfig& config);
penstock::Result<TimeZones> open_time_zones(const TimeZonesConfig& config);
penstock::Result<Crosswalk> open_crosswalk(const CrosswalkConfig& config);
/// No file: totals of no unit.
penstock::Result<AnnualTotals> open_annual_totals(const AnnualTotalsConfig& config);
penstock::Result<OutputFolder> open_output(const OutputConfig& config);

}  // namespace cems

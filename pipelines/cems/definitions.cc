#include "pipelines/cems/definitions.h"

#include "pipelines/cems/ops.h"

namespace cems {
namespace {

namespace ps = penstock;

// Bytes that a step holds at its peak, measured on all known archives.
constexpr std::uint64_t kExtractBase = std::uint64_t(8) << 20;
constexpr std::uint64_t kExtractPerArchiveByte = 5;
constexpr std::uint64_t kTransformBytesPerRow = 80;
constexpr std::uint64_t kLoadBytes = std::uint64_t(48) << 20;

/// Set the config of every op and resource from the job's.
void fill(const JobConfig& job, ps::InnerConfig& inner) {
  const Settings& settings = job;
  inner.op("gather_partitions", settings);
  inner.op("state_year.extract", ExtractConfig{.layout = job.layout,
                                               .missing_months = job.missing_months,
                                               .bad_values = job.bad_values,
                                               .supplements = job.supplements});
  inner.op("state_year.transform", TransformConfig{.files = job.files});
  inner.op("state_year.load", LoadConfig{.files = job.files,
                                         .compression = job.compression,
                                         .row_group_rows = job.row_group_rows});
  inner.op("consolidate", ConsolidateConfig{.layout = job.layout, .consolidate = job.consolidate});
  inner.resource("datastore", DatastoreConfig{{job.max_member_bytes, job.max_ratio}, job.raw_dir});
  inner.resource("time_zones", TimeZonesConfig{.file = job.timezones});
  inner.resource("crosswalk", CrosswalkConfig{.file = job.crosswalk});
  inner.resource("output", OutputConfig{.output_dir = job.output_dir});
}

void declare_resources(ps::DefinitionsBuilder& defs) {
  defs.resource<Datastore>("datastore", &open_datastore);
  defs.resource<TimeZones>("time_zones", &open_time_zones);
  defs.resource<Crosswalk>("crosswalk", &open_crosswalk);
  defs.resource<AnnualTotals>("annual_totals", &open_annual_totals);
  defs.resource<OutputFolder>("output", &open_output);
}

void describe_ops(ps::DefinitionsBuilder& defs) {
  defs.op<gather_partitions>().describe(
      "look up the archives of all partitions that are asked for");
  defs.op<extract>()
      .describe("verify an archive and read its hours")
      .inputs({"partition"})
      .memory<PartitionTask>([](const PartitionTask& task) {
        return kExtractBase + kExtractPerArchiveByte * task.archive_bytes;
      });
  defs.op<transform>()
      .describe("make the table of a partition, sorted and checked")
      .inputs({"hours"})
      .memory<RawHours>(
          [](const RawHours& raw) { return kTransformBytesPerRow * std::uint64_t(raw.rows); });
  defs.op<load>().describe("write the file of a partition").inputs({"table"}).memory(kLoadBytes);
  defs.op<consolidate>()
      .describe("check the whole table, and write it as one file where asked")
      .inputs({"partitions"});
}

}  // namespace

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  declare_resources(defs);
  describe_ops(defs);
  auto state_year = defs.graph("state_year", [](ps::GraphBuilder& g, ps::Ref<PartitionTask> task) {
    return g.op<load>(g.op<transform>(g.op<extract>(task)));
  });
  state_year.describe("the table of one state and year, or of one quarter");
  defs.job("epacems_etl",
           [&](ps::GraphBuilder& g) {
             const auto partitions = g.op<gather_partitions>();
             g.op<consolidate>(partitions.map(state_year).collect());
           })
      .describe("hourly emissions of power plants, from EPA's archives to Parquet")
      .config<JobConfig>(&fill);
  return defs.build();
}

}  // namespace cems

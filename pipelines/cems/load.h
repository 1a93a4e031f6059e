// Writes the table: one Parquet file per partition, and all of them as one file where asked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <penstock/base/result.h>
#include <penstock/frame/parquet.h>
#include <penstock/frame/profile.h>

#include "pipelines/cems/checks.h"
#include "pipelines/cems/settings.h"
#include "pipelines/cems/transform.h"

namespace cems {

/// A partition that lies on disk.
struct LoadedPartition {
  Partition partition;
  std::string path;  ///< below the output folder
  std::uint64_t bytes = 0;
  penstock::FrameProfile profile;

  LoadedFacts facts() const;
};

/// Where a partition's file lies below the output folder.
std::string path_of(const Partition& partition, Layout layout, Files files);

/// The facts that a partition's file carries. Equal inputs give equal facts: no times, no hosts.
penstock::FileMetadata file_metadata(const HourlyTable& table);

/// Write a partition, whole or not at all, in place of an older file of the same name.
penstock::Result<LoadedPartition> load_table(const HourlyTable& table,
                                             const std::filesystem::path& folder,
                                             const Scope& scope);

/// Join the files of some partitions, in their order, into `<table>.parquet`.
penstock::Result<penstock::ParquetFileInfo> consolidate_files(
    std::span<const LoadedPartition> parts, const std::filesystem::path& folder, Layout layout);

}  // namespace cems

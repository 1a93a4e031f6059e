// The folder of raw archives: looks partitions up, verifies files, opens them.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <penstock/base/result.h>

#include "pipelines/cems/archive.h"
#include "pipelines/cems/datapackage.h"
#include "pipelines/cems/partition.h"

namespace cems {

/// The raw archives of a folder. Thread-safe; one object serves a whole run.
class Datastore {
 public:
  /// Read `datapackage.json` in a folder, once. Archives are read within the limits.
  static penstock::Result<Datastore> open(std::filesystem::path folder,
                                          penstock::ZipLimits limits = {});
  Datastore(Datastore&&) noexcept = default;

  const Descriptor& descriptor() const { return descriptor_; }
  /// Open the archive of a partition.
  ///
  /// Its size, then its MD5 are compared before the first byte is used, once per object and file:
  /// `checksum_mismatch`. Costs a pass over the file the first time.
  penstock::Result<Archive> open_archive(const Partition& partition) const;

 private:
  struct Verified {
    std::mutex mutex;
    bool done = false;
  };
  Datastore(std::filesystem::path folder, Descriptor descriptor, penstock::ZipLimits limits);
  penstock::Status verify(const ArchiveEntry& entry, std::string_view bytes) const;

  std::filesystem::path folder_;
  Descriptor descriptor_;
  penstock::ZipLimits limits_;
  std::unique_ptr<std::deque<Verified>> verified_;  ///< in the order of the descriptor's entries
};

}  // namespace cems

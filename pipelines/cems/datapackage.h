// The descriptor beside the archives (`datapackage.json`): which file holds which partition.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/base/result.h>

#include "pipelines/cems/partition.h"

namespace cems {

/// One archive as the descriptor lists it.
struct ArchiveEntry {
  std::string name;
  std::string path;  ///< relative to the descriptor's folder, never leaving it
  std::uint64_t bytes = 0;
  std::string md5;                                        ///< lower-case hex
  std::map<std::string, std::vector<std::string>> parts;  ///< key -> values as text
  std::string remote_url = {};                            ///< may be empty
};

/// The archives that exist. Immutable.
class Descriptor {
 public:
  /// Read the text of a descriptor; whatever is missing or unsafe is `descriptor_invalid`.
  static penstock::Result<Descriptor> parse(std::string_view json);

  const std::vector<ArchiveEntry>& entries() const { return entries_; }
  /// The one archive of a partition: `partition_missing` says what exists instead,
  /// `partition_ambiguous` names all that match.
  penstock::Result<const ArchiveEntry*> find(const Partition& partition) const;
  /// Every state-year that is listed, ascending.
  std::vector<Partition> state_years() const;

 private:
  penstock::Error missing(const Partition& partition) const;
  std::vector<ArchiveEntry> entries_;
};

}  // namespace cems

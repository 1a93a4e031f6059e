// Watches the memory of a process that is not to take more than it may.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "penstock/base/file_descriptor.h"

namespace penstock {

/// Looks at the private memory of a process: what it allocated, not what it has mapped of files and
/// of values that were handed to it. One thread at a time.
class MemoryWatch {
 public:
  explicit MemoryWatch(pid_t pid);
  /// From now on, `limit` bytes more than there are; 0: no limit.
  void begin(std::uint64_t limit);
  bool limited() const { return limit_ > 0; }
  std::int64_t limit() const { return std::int64_t(limit_); }
  /// Bytes taken since begin(), if they are more than there may be; otherwise 0.
  std::int64_t excess() const;

 private:
  std::int64_t private_bytes() const;
  FileDescriptor statm_;
  std::uint64_t limit_ = 0;
  std::int64_t before_ = 0;
};

}  // namespace penstock

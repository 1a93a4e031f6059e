#include "penstock/run/processes/memory_watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

namespace penstock {

MemoryWatch::MemoryWatch(pid_t pid)
    : statm_(::open(("/proc/" + std::to_string(pid) + "/statm").c_str(), O_RDONLY | O_CLOEXEC)) {}

void MemoryWatch::begin(std::uint64_t limit) {
  limit_ = limit;
  before_ = limit > 0 ? private_bytes() : 0;
}

std::int64_t MemoryWatch::excess() const {
  if (limit_ == 0) return 0;
  const auto taken = private_bytes() - before_;
  return taken > std::int64_t(limit_) ? taken : 0;
}

std::int64_t MemoryWatch::private_bytes() const {
  std::array<char, 256> text{};
  if (::pread(statm_.get(), text.data(), text.size() - 1, 0) <= 0) return 0;
  long size = 0, resident = 0, shared = 0;
  if (std::sscanf(text.data(), "%ld %ld %ld", &size, &resident, &shared) != 3) return 0;
  return std::int64_t(resident - shared) * ::sysconf(_SC_PAGESIZE);
}

}  // namespace penstock

#include "penstock/base/machine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace penstock {

MachineLimits machine_limits() {
  MachineLimits limits;
  const auto pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) limits.memory = std::uint64_t(pages) * std::uint64_t(page);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) limits.open_files = files.rlim_cur;
  limits.cores = std::thread::hardware_concurrency();
  return limits;
}

std::optional<DiskRoom> disk_room(const std::filesystem::path& folder) {
  std::error_code error;
  const auto room = std::filesystem::space(existing_folder(folder), error);
  if (error) return {};
  return DiskRoom{room.available, room.capacity};
}

std::filesystem::path existing_folder(const std::filesystem::path& folder) {
  std::error_code error;
  auto at = std::filesystem::absolute(folder, error);
  while (!std::filesystem::exists(at, error) && at.has_parent_path() && at != at.parent_path())
    at = at.parent_path();
  return at;
}

}  // namespace penstock

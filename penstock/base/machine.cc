#include "penstock/base/machine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace penstock {
namespace {

/// More would help no run, and programs that close all files they might have take long for it.
constexpr rlim_t kEnoughFiles = 65536;

rlimit raised(rlimit files) {
  files.rlim_cur = std::max(files.rlim_cur, std::min(files.rlim_max, kEnoughFiles));
  return files;
}

/// As this program was started with it.
rlimit files_before() {
  static const rlimit before = [] {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    return files;
  }();
  return before;
}

}  // namespace

MachineLimits machine_limits() {
  MachineLimits limits;
  const auto pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) limits.memory = std::uint64_t(pages) * std::uint64_t(page);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) limits.open_files = raised(files).rlim_cur;
  rlimit processes{};
  if (::getrlimit(RLIMIT_NPROC, &processes) == 0 && processes.rlim_cur != RLIM_INFINITY &&
      ::geteuid() != 0)  // the system does not count those of root
    limits.processes = processes.rlim_cur;
  limits.cores = std::thread::hardware_concurrency();
  return limits;
}

void raise_open_files() {
  const auto files = raised(files_before());
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void restore_open_files() {
  const auto before = files_before();
  ::setrlimit(RLIMIT_NOFILE, &before);
}

std::uint64_t free_open_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return UINT64_MAX;
  std::error_code error;
  std::uint64_t open = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error))
    ++open;
  return files.rlim_cur > open ? files.rlim_cur - open : 0;
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

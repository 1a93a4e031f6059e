#include "penstock/base/reserve_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "penstock/base/file_descriptor.h"

namespace penstock {
namespace {

constexpr std::uint64_t kBlock = 512;  // of st_blocks, whatever the file system has
constexpr std::uint64_t kSpare = 4 * kReserveBytes;

bool has_room_to_spare(const std::filesystem::path& home) {
  std::error_code error;
  const auto room = std::filesystem::space(home, error);
  return !error && room.available >= kSpare;
}

}  // namespace

std::filesystem::path reserve_file(const std::filesystem::path& home) {
  return home / "penstock.reserve";
}

bool has_reserve(const std::filesystem::path& home) {
  struct stat status{};
  return ::stat(reserve_file(home).c_str(), &status) == 0 &&
         std::uint64_t(status.st_blocks) * kBlock >= kReserveBytes;
}

void make_reserve(const std::filesystem::path& home) {
  if (has_reserve(home) || !has_room_to_spare(home)) return;
  const auto path = reserve_file(home);
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) return;
  if (::posix_fallocate(file.get(), 0, off_t(kReserveBytes)) != 0) release_reserve(home);
}

bool release_reserve(const std::filesystem::path& home) {
  std::error_code ignored;
  return std::filesystem::remove(reserve_file(home), ignored);
}

}  // namespace penstock

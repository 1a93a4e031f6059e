// What the machine has, and what of it this process may take.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace penstock {

/// What limits a run on this machine. 0: not known.
struct MachineLimits {
  std::uint64_t memory = 0;      ///< bytes of memory
  std::uint64_t open_files = 0;  ///< that this process may have
  std::uint32_t cores = 0;       ///< that this process may use
};
MachineLimits machine_limits();

/// Room on the disk of a folder, in bytes.
struct DiskRoom {
  std::uint64_t free = 0;  ///< for this user
  std::uint64_t capacity = 0;
};
/// The room where a folder is, or would be made; nothing when the system does not tell.
std::optional<DiskRoom> disk_room(const std::filesystem::path& folder);
/// The folder, or the nearest one above it that is there.
std::filesystem::path existing_folder(const std::filesystem::path& folder);

}  // namespace penstock

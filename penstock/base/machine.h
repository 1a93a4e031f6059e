// What the machine has, and what of it this process may take.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace penstock {

/// What limits a run on this machine. 0: not known.
struct MachineLimits {
  std::uint64_t memory = 0;      ///< bytes of memory
  std::uint64_t open_files = 0;  ///< that this process may have, once it has raised its limit
  std::uint64_t processes = 0;   ///< processes and threads that this user may have; 0: any number
  std::uint32_t cores = 0;       ///< that this process may use
};
MachineLimits machine_limits();

/// Let this process have as many open files as the hard limit allows, or 65536, if that is less and
/// more than it may have now. The soft limit is often 1024, as programs that call select() need it.
void raise_open_files();
/// Give this process the limit that it had before raise_open_files(): for a process that is forked
/// to run code of a user.
void restore_open_files();
/// Files that this process may still open.
std::uint64_t free_open_files();

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

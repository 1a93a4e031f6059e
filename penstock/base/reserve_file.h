// Room that a home keeps back on its disk, so that it can be mended when the disk is full.
#pragma once

#include <cstdint>
#include <filesystem>

namespace penstock {

/// What the reserve takes, in bytes.
inline constexpr std::uint64_t kReserveBytes = std::uint64_t(2) << 20;

/// Where the reserve of a home lies: `penstock.reserve`.
std::filesystem::path reserve_file(const std::filesystem::path& home);
/// True when the reserve is there, with all its room.
bool has_reserve(const std::filesystem::path& home);
/// Make the reserve unless it is there. Nothing happens while the disk has less than four times as
/// much to give, or refuses.
void make_reserve(const std::filesystem::path& home);
/// Give the room back to the disk. False when there was none.
bool release_reserve(const std::filesystem::path& home);

}  // namespace penstock

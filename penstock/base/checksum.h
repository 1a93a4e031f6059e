// A fast checksum against damage, not against forgery: CRC-64 (ECMA-182, reflected).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock {

/// The checksum of bytes, continued from that of the bytes before (0 at the start).
std::uint64_t crc64(std::uint64_t before, std::string_view bytes);
/// As the log keeps it: `crc64:` and 16 hexadecimal digits.
std::string crc64_text(std::uint64_t crc);

}  // namespace penstock

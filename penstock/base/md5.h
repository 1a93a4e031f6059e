// MD5 digests, as data packages list them. Good against accidents, not against forgers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace penstock {

/// A digest that is fed piece by piece.
class Md5 {
 public:
  /// Add bytes.
  void update(std::string_view bytes);
  /// End the message and return the digest as 32 lower-case hex digits. Call once.
  std::string hex_digest();

 private:
  std::array<std::uint32_t, 4> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::array<char, 64> block_ = {};
  std::size_t block_size_ = 0;
  std::uint64_t size_ = 0;
};

/// The MD5 of some bytes as 32 lower-case hex digits.
std::string md5_hex(std::string_view bytes);

}  // namespace penstock

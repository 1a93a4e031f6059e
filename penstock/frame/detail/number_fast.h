// Short numbers in text, eight bytes at once. For texts in buffers that are readable 8 bytes past
// their end; what these functions do not take may still be a number for parse_double or parse_int.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace penstock::detail {

inline constexpr std::uint64_t kByteOnes = 0x0101010101010101;

/// Eight bytes, the first one lowest.
inline std::uint64_t load_8(const char* from) {
  std::uint64_t word;
  std::memcpy(&word, from, 8);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

/// The text of 1 to 8 bytes as eight, with zeros `0` in front.
inline std::uint64_t load_padded(const char* from, std::size_t size) {
  const auto shift = unsigned(64 - 8 * size);
  const std::uint64_t padding = (kByteOnes * '0') & ((std::uint64_t(1) << shift) - 1);
  return (load_8(from) << shift) | padding;
}

inline bool are_digits(std::uint64_t word) {
  constexpr std::uint64_t kUpper = kByteOnes * 0xf0, kSix = kByteOnes * 6;
  return ((word & kUpper) | (((word + kSix) & kUpper) >> 4)) == kByteOnes * 0x33;
}

/// The value of eight digits: pairs, then fours, then all.
inline std::uint32_t digits_value(std::uint64_t word) {
  constexpr std::uint64_t kPairs = 0x000000ff000000ff;
  word -= kByteOnes * '0';
  word = word * 10 + (word >> 8);
  const std::uint64_t high = (word & kPairs) * (100 + (std::uint64_t(1000000) << 32));
  const std::uint64_t low = ((word >> 16) & kPairs) * (1 + (std::uint64_t(10000) << 32));
  return std::uint32_t((high + low) >> 32);
}

/// Read 1 to 8 digits; false for anything else.
inline bool read_short_int(const char* from, std::size_t size, std::uint32_t& value) {
  const std::uint64_t word = load_padded(from, size);
  value = digits_value(word);
  return are_digits(word);
}

/// Read digits with at most one point among them, 1 to 8 bytes; false for anything else. Exact: the
/// digits and the power of ten are integers below 2^53, so their quotient is rounded once.
inline bool read_short_decimal(const char* from, std::size_t size, double& value) {
  // By the number of bytes from the point to the end, point included; [0]: no point.
  static constexpr double kScale[] = {1, 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
  const std::uint64_t word = load_padded(from, size);
  const std::uint64_t differs = word ^ (kByteOnes * '.');
  const std::uint64_t points = (differs - kByteOnes) & ~differs & (kByteOnes << 7);
  const std::uint64_t point = points & (~points + 1);  // the high bit of the point's byte, or 0
  const bool has_point = point != 0;
  const std::uint64_t behind = ~(point << 1) + 1;  // all bits above the point's byte
  const std::uint64_t front = (point >> 7) - 1;    // all bits below it; all when there is none
  // Close the gap: what stands in front of the point moves one byte towards the end.
  const std::uint64_t digits = (word & behind) | ((word & front) << (has_point ? 8 : 0)) |
                               (has_point ? std::uint64_t('0') : 0);
  const auto scale = std::size_t(has_point ? std::countl_zero(point) / 8 + 1 : 0);
  value = double(digits_value(digits)) / kScale[scale];
  return are_digits(digits) && size > std::size_t(has_point);
}

}  // namespace penstock::detail

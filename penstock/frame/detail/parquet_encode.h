// Encodings of Parquet's data pages: levels, dictionary indices, deltas, plain values.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "penstock/frame/column.h"

namespace penstock::detail {

using Bytes = Buffer<std::uint8_t>;

inline void append_bytes(Bytes& out, const void* data, std::size_t size) {
  const auto at = out.size();
  out.resize(at + size);
  if (size != 0) std::memcpy(out.data() + at, data, size);
}

/// Append definition levels 0 and 1, one bit per row, with their length in front.
void append_levels(const std::uint8_t* bits, std::size_t rows, Bytes& out);

/// Append dictionary indices: their width, then runs and bit-packed groups. All are < `size`.
void append_indices(const std::uint32_t* indices, std::size_t count, std::size_t size, Bytes& out);

/// Append integers as DELTA_BINARY_PACKED: evenly spaced values cost next to nothing.
void append_deltas(const std::int32_t* values, std::size_t count, Bytes& out);
void append_deltas(const std::int64_t* values, std::size_t count, Bytes& out);

/// Append bytes of 0 and 1 as bits.
void append_bools(const std::uint8_t* values, std::size_t count, Bytes& out);

/// Append a text, its length in front of it.
void append_text(std::string_view text, Bytes& out);

/// Copy `count` bits from any position to any position; the bits behind them are overwritten up to
/// the end of their byte.
void copy_bits(const std::uint8_t* from, std::size_t from_bit, std::uint8_t* to, std::size_t to_bit,
               std::size_t count);
/// Set `count` bits from a position to 1; the bits behind them are overwritten up to the byte's
/// end.
void set_bits(std::uint8_t* to, std::size_t to_bit, std::size_t count);
/// How many of `count` bits from a position are 1.
std::size_t count_bits(const std::uint8_t* bits, std::size_t first, std::size_t count);

inline constexpr std::size_t kBitsPerLoad = 56;

/// Load `count` (at most kBitsPerLoad) bits from any position without reading past their bytes.
inline std::uint64_t load_bits(const std::uint8_t* bits, std::size_t first, std::size_t count) {
  const auto shift = first & 7;
  const std::uint8_t* from = bits + (first >> 3);
  std::uint64_t word = 0;
  if (count == kBitsPerLoad && shift != 0) {
    std::memcpy(&word, from, 8);
  } else if (count == kBitsPerLoad) {
    // Seven bytes as two overlapping words: a copy of odd size would be a call.
    std::uint32_t low;
    std::uint32_t high;
    std::memcpy(&low, from, 4);
    std::memcpy(&high, from + 3, 4);
    word = low | std::uint64_t(high) << 24;
  } else {
    std::memcpy(&word, from, (shift + count + 7) >> 3);
  }
  return word >> shift & ((std::uint64_t(1) << count) - 1);
}

/// Copy the values whose bit is 1 to `out`, closed up, and return how many they are. `out` has room
/// for one value more than there are.
template <class T>
std::size_t compact(const T* values, const std::uint8_t* bits, std::size_t first, std::size_t count,
                    T* out) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; i += kBitsPerLoad) {
    const auto take = count - i < kBitsPerLoad ? count - i : kBitsPerLoad;
    const auto word = load_bits(bits, first + i, take);
    const T* from = values + i;
    if (word == 0) continue;
    if (word == (std::uint64_t(1) << take) - 1) {
      std::memcpy(out + kept, from, take * sizeof(T));
      kept += take;
      continue;
    }
    for (std::size_t k = 0; k < take; ++k) {
      out[kept] = from[k];
      kept += word >> k & 1;
    }
  }
  return kept;
}

}  // namespace penstock::detail

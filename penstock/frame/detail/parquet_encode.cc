#include "penstock/frame/detail/parquet_encode.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <type_traits>

namespace penstock::detail {
namespace {

void append_varint(std::uint64_t value, Bytes& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(std::uint8_t(value | 0x80));
  out.push_back(std::uint8_t(value));
}

std::uint64_t zigzag(std::int64_t value) {
  return std::uint64_t(value) << 1 ^ std::uint64_t(value >> 63);
}

// Eight indices make `width` bytes, whatever the width.
void pack_eight(const std::uint32_t* in, unsigned width, std::uint8_t* out) {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (width <= 8) {
    for (unsigned k = 0; k < 8; ++k) low |= std::uint64_t(in[k]) << (k * width);
    std::memcpy(out, &low, width);
    return;
  }
  if (width <= 16) {
    for (unsigned k = 0; k < 4; ++k) {
      low |= std::uint64_t(in[k]) << (k * width);
      high |= std::uint64_t(in[k + 4]) << (k * width);
    }
    const unsigned half = 4 * width;
    const std::uint64_t words[2] = {half < 64 ? low | high << half : low,
                                    half < 64 ? high >> (64 - half) : high};
    std::memcpy(out, words, width);
    return;
  }
  unsigned held = 0;
  for (unsigned k = 0; k < 8; ++k) {
    low |= std::uint64_t(in[k]) << held;
    for (held += width; held >= 8; held -= 8, low >>= 8) *out++ = std::uint8_t(low);
  }
}

void append_packed(const std::uint32_t* in, std::size_t count, unsigned width, Bytes& out) {
  if (count == 0) return;
  const auto groups = (count + 7) / 8;
  append_varint(groups << 1 | 1, out);
  const auto at = out.size();
  out.resize(at + groups * width);
  std::uint8_t* to = out.data() + at;
  const auto whole = count / 8;
  for (std::size_t g = 0; g < whole; ++g, to += width) pack_eight(in + g * 8, width, to);
  if (whole == groups) return;
  std::uint32_t rest[8] = {};
  std::copy(in + whole * 8, in + count, rest);
  pack_eight(rest, width, to);
}

bool eight_equal(const std::uint32_t* in, std::uint32_t value) {
  std::uint32_t differ = 0;
  for (unsigned k = 0; k < 8; ++k) differ |= in[k] ^ value;
  return differ == 0;
}

std::size_t run_length(const std::uint32_t* in, std::size_t count) {
  std::size_t length = 0;
  while (length + 8 <= count && eight_equal(in + length, in[0])) length += 8;
  while (length < count && in[length] == in[0]) ++length;
  return length;
}

void append_run(std::uint32_t value, std::size_t length, unsigned width, Bytes& out) {
  append_varint(length << 1, out);
  append_bytes(out, &value, (width + 7) / 8);
}

// Values of a delta miniblock, each less than 2^width.
void append_packed_wide(const std::uint64_t* in, unsigned width, Bytes& out) {
  constexpr std::size_t kCount = 32;
  const auto at = out.size();
  out.resize(at + kCount * width / 8);
  std::uint8_t* to = out.data() + at;
  std::uint64_t word = 0;
  unsigned held = 0;
  for (std::size_t k = 0; k < kCount; ++k) {
    word |= in[k] << held;
    if (held + width >= 64) {
      std::memcpy(to, &word, 8);
      to += 8;
      const unsigned used = 64 - held;
      word = used < 64 ? in[k] >> used : 0;
      held = width - used;
    } else {
      held += width;
    }
  }
  std::memcpy(to, &word, held / 8);
}

template <class T>
void append_deltas_of(const T* values, std::size_t count, Bytes& out) {
  using U = std::make_unsigned_t<T>;
  constexpr std::size_t kBlock = 128;
  constexpr std::size_t kMiniblocks = 4;
  constexpr std::size_t kMiniblock = kBlock / kMiniblocks;
  append_varint(kBlock, out);
  append_varint(kMiniblocks, out);
  append_varint(count, out);
  append_varint(zigzag(count == 0 ? 0 : values[0]), out);

  for (std::size_t i = 1; i < count; i += kBlock) {
    const auto filled = std::min(kBlock, count - i);
    T deltas[kBlock];
    T smallest = std::numeric_limits<T>::max();
    for (std::size_t k = 0; k < filled; ++k) {
      deltas[k] = T(U(values[i + k]) - U(values[i + k - 1]));
      smallest = std::min(smallest, deltas[k]);
    }
    std::uint64_t excess[kBlock] = {};
    for (std::size_t k = 0; k < filled; ++k) excess[k] = U(U(deltas[k]) - U(smallest));

    append_varint(zigzag(smallest), out);
    std::uint8_t widths[kMiniblocks];
    for (std::size_t m = 0; m < kMiniblocks; ++m) {
      std::uint64_t all = 0;
      for (std::size_t k = 0; k < kMiniblock; ++k) all |= excess[m * kMiniblock + k];
      widths[m] = std::uint8_t(std::bit_width(all));
    }
    append_bytes(out, widths, kMiniblocks);
    for (std::size_t m = 0; m < kMiniblocks; ++m)
      if (widths[m] != 0) append_packed_wide(excess + m * kMiniblock, widths[m], out);
  }
}

// A piece of definition levels that is all equal or mixed, in whole bytes.
struct LevelPiece {
  std::size_t bytes;
  bool mixed;
};

constexpr std::size_t kShortestRun = 8;  // bytes; shorter ones cost more headers than they save

std::size_t equal_bytes(const std::uint8_t* bits, std::size_t size) {
  const auto first = bits[0];
  if (first != 0 && first != 0xFF) return 0;
  std::size_t length = 1;
  while (length < size && bits[length] == first) ++length;
  return length;
}

LevelPiece next_levels(const std::uint8_t* bits, std::size_t size) {
  std::size_t at = 0;
  while (at < size) {
    const auto equal = equal_bytes(bits + at, size - at);
    if (equal >= kShortestRun) return at == 0 ? LevelPiece{equal, false} : LevelPiece{at, true};
    at += std::max<std::size_t>(equal, 1);
  }
  return {size, true};
}

}  // namespace

void append_levels(const std::uint8_t* bits, std::size_t rows, Bytes& out) {
  const auto length_at = out.size();
  out.resize(length_at + 4);
  const auto whole = rows / 8;
  std::size_t at = 0;
  while (at < whole) {
    const auto piece = next_levels(bits + at, whole - at);
    if (piece.mixed) {
      // The last, partial byte can join a mixed piece but nothing else.
      const bool joins = at + piece.bytes == whole && rows % 8 != 0;
      const auto size = piece.bytes + (joins ? 1 : 0);
      append_varint(size << 1 | 1, out);
      append_bytes(out, bits + at, size);
      if (joins) at = whole + 1;
    } else {
      append_varint(piece.bytes * 8 << 1, out);
      out.push_back(bits[at] & 1);
    }
    if (at < whole) at += piece.bytes;
  }
  if (at == whole && rows % 8 != 0) {
    append_varint(1 << 1 | 1, out);
    out.push_back(bits[whole]);
  }
  const auto length = std::uint32_t(out.size() - length_at - 4);
  std::memcpy(out.data() + length_at, &length, 4);
}

void append_indices(const std::uint32_t* indices, std::size_t count, std::size_t size, Bytes& out) {
  const auto width = size < 2 ? 0U : unsigned(std::bit_width(size - 1));
  out.push_back(std::uint8_t(width));
  std::size_t packed_from = 0;
  std::size_t at = 0;
  while (at < count) {
    const bool run = at + 8 <= count && eight_equal(indices + at, indices[at]);
    if (!run) {
      at += std::min<std::size_t>(8, count - at);
      continue;
    }
    append_packed(indices + packed_from, at - packed_from, width, out);
    const auto length = run_length(indices + at, count - at);
    append_run(indices[at], length, width, out);
    at += length;
    packed_from = at;
  }
  append_packed(indices + packed_from, count - packed_from, width, out);
}

void append_deltas(const std::int32_t* values, std::size_t count, Bytes& out) {
  append_deltas_of(values, count, out);
}

void append_deltas(const std::int64_t* values, std::size_t count, Bytes& out) {
  append_deltas_of(values, count, out);
}

void append_bools(const std::uint8_t* values, std::size_t count, Bytes& out) {
  const auto at = out.size();
  out.resize(at + (count + 7) / 8);
  std::uint8_t* to = out.data() + at;
  std::memset(to, 0, (count + 7) / 8);
  for (std::size_t i = 0; i < count; ++i)
    to[i >> 3] = std::uint8_t(to[i >> 3] | (values[i] != 0 ? 1U : 0U) << (i & 7));
}

void append_text(std::string_view text, Bytes& out) {
  const auto length = std::uint32_t(text.size());
  append_bytes(out, &length, 4);
  append_bytes(out, text.data(), text.size());
}

void copy_bits(const std::uint8_t* from, std::size_t from_bit, std::uint8_t* to, std::size_t to_bit,
               std::size_t count) {
  if (count == 0) return;
  // Bits up to a byte's end of the target first, then whole bytes.
  const auto lead = std::min(count, (8 - (to_bit & 7)) & 7);
  if (lead != 0) {
    const auto below = (1U << (to_bit & 7)) - 1;
    std::uint8_t& byte = to[to_bit >> 3];
    byte = std::uint8_t((byte & below) | load_bits(from, from_bit, lead) << (to_bit & 7));
  }
  std::uint8_t* out = to + ((to_bit + lead) >> 3);
  std::size_t at = lead;
  if (((from_bit + at) & 7) == 0) {
    std::memcpy(out, from + ((from_bit + at) >> 3), (count - at + 7) / 8);
    return;
  }
  for (; at < count; at += kBitsPerLoad, out += kBitsPerLoad / 8) {
    const auto take = std::min(kBitsPerLoad, count - at);
    const auto word = load_bits(from, from_bit + at, take);
    std::memcpy(out, &word, (take + 7) / 8);
  }
}

void set_bits(std::uint8_t* to, std::size_t to_bit, std::size_t count) {
  if (count == 0) return;
  const auto end = to_bit + count;
  const auto first = to_bit >> 3;
  to[first] = std::uint8_t((to[first] & ((1U << (to_bit & 7)) - 1)) | 0xFFU << (to_bit & 7));
  const auto last = (end + 7) >> 3;
  if (last > first + 1) std::memset(to + first + 1, 0xFF, last - first - 1);
}

std::size_t count_bits(const std::uint8_t* bits, std::size_t first, std::size_t count) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; i += kBitsPerLoad)
    total +=
        std::size_t(std::popcount(load_bits(bits, first + i, std::min(kBitsPerLoad, count - i))));
  return total;
}

}  // namespace penstock::detail

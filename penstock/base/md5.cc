#include "penstock/base/md5.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace penstock {
namespace {

using State = std::array<std::uint32_t, 4>;

// RFC 1321, section 3.4: floor(2^32 * |sin(i + 1)|), and the rotations of each round.
constexpr std::array<std::uint32_t, 64> kSine = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kRotations[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

std::uint32_t load_word(const char* from) {
  std::uint32_t word;
  std::memcpy(&word, from, 4);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
  return word;
}

constexpr int word_of(int step) {
  const int factor[] = {1, 5, 3, 7}, start[] = {0, 1, 5, 0};
  return (factor[step / 16] * step + start[step / 16]) % 16;
}

template <int kStep>
inline std::uint32_t mix(std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  if constexpr (kStep < 16) return d ^ (b & (c ^ d));
  // The two terms have no bit in common: adding them lets the processor overlap this with the sum.
  else if constexpr (kStep < 32)
    return (b & d) + (c & ~d);
  else if constexpr (kStep < 48)
    return b ^ c ^ d;
  else
    return c ^ (b | ~d);
}

template <int kStep>
inline void step(State& s, const std::uint32_t* words) {
  // Each step replaces one word; the roles of the four go round instead of their values.
  std::uint32_t& a = s[(64 - kStep) % 4];
  const std::uint32_t b = s[(65 - kStep) % 4], c = s[(66 - kStep) % 4], d = s[(67 - kStep) % 4];
  const std::uint32_t fixed = a + words[word_of(kStep)] + kSine[kStep];
  a = b + std::rotl(fixed + mix<kStep>(b, c, d), kRotations[kStep / 16][kStep % 4]);
}

template <int... kSteps>
inline void steps(State& s, const std::uint32_t* words, std::integer_sequence<int, kSteps...>) {
  (step<kSteps>(s, words), ...);
}

void digest_blocks(State& state, const char* blocks, std::size_t count) {
  for (; count > 0; --count, blocks += 64) {
    std::uint32_t words[16];
    for (int i = 0; i < 16; ++i) words[i] = load_word(blocks + 4 * i);
    State s = state;
    steps(s, words, std::make_integer_sequence<int, 64>());
    for (std::size_t i = 0; i < 4; ++i) state[i] += s[i];
  }
}

}  // namespace

void Md5::update(std::string_view bytes) {
  size_ += bytes.size();
  if (block_size_ > 0) {
    const std::size_t part = std::min(bytes.size(), block_.size() - block_size_);
    std::copy_n(bytes.data(), part, block_.data() + block_size_);
    block_size_ += part;
    bytes.remove_prefix(part);
    if (block_size_ < block_.size()) return;
    digest_blocks(state_, block_.data(), 1);
    block_size_ = 0;
  }
  digest_blocks(state_, bytes.data(), bytes.size() / 64);
  bytes.remove_prefix(bytes.size() / 64 * 64);
  std::copy(bytes.begin(), bytes.end(), block_.begin());
  block_size_ = bytes.size();
}

std::string Md5::hex_digest() {
  const std::uint64_t bits = size_ * 8;
  std::string end(1, '\x80');
  end.append((119 - size_ % 64) % 64, '\0');
  for (int i = 0; i < 8; ++i) end += char(bits >> (8 * i));
  update(end);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const std::uint32_t word : state_) {
    for (int i = 0; i < 4; ++i) {
      const auto byte = (word >> (8 * i)) & 0xff;
      hex += kDigits[byte >> 4];
      hex += kDigits[byte & 15];
    }
  }
  return hex;
}

std::string md5_hex(std::string_view bytes) {
  Md5 md5;
  md5.update(bytes);
  return md5.hex_digest();
}

}  // namespace penstock

// Changed copies of inputs.
#include <algorithm>
#include <array>
#include <cstring>

#include "tests/fuzz/fuzz_driver.h"

namespace penstock::fuzz {
namespace {

constexpr std::size_t kMostBytes = std::size_t(1) << 16;

// Values at which counts, sizes and offsets go wrong.
constexpr std::array<std::uint64_t, 16> kEdges = {
    0,      1,          0x7F,       0x80,       0xFF,       0x7FFF,
    0x8000, 0xFFFF,     0x10000,    0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
    1ull << 32, 1ull << 62, ~0ull >> 1, ~0ull};

// Texts at which decoders of text go wrong.
constexpr std::array<std::string_view, 24> kTexts = {
    "\"", "\\", "\n", "\r\n", ",", "{", "}", "[", "]", ":", "- ", "&a ", "*a ", "!!",
    "\xEF\xBB\xBF", "\xFF", "\xED\xA0\x80", "-1", "1e400", ".nan", "null", "9223372036854775808",
    "\\u0000", "99999999999999999999"};

}  // namespace

std::uint64_t Mutator::next() {  // xorshift64*: Vigna, 2016
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return state_ * 0x2545F4914F6CDD1Dull;
}

std::size_t Mutator::below(std::size_t count) {
  return count == 0 ? 0 : std::size_t(next() % count);
}

void Mutator::mutate_once(std::string& bytes, std::string_view other,
                          std::span<const std::uint64_t> constants) {
  const auto at = below(bytes.size() + 1);
  const auto length = std::min(bytes.size() - at, std::size_t(1) << below(8));
  const auto write = [&](std::uint64_t value) {
    const std::size_t width = std::size_t(1) << below(4);
    if (at + width > bytes.size()) return;
    if (below(4) == 0) value = __builtin_bswap64(value) >> (64 - 8 * width);
    std::memcpy(bytes.data() + at, &value, width);
  };
  switch (below(11)) {
    case 0:
      if (at < bytes.size()) bytes[at] = char(bytes[at] ^ (1 << below(8)));
      break;
    case 1:
      if (at < bytes.size()) bytes[at] = char(next());
      break;
    case 2:
      write(kEdges[below(kEdges.size())]);
      break;
    case 3:
      write(bytes.size() - below(64));
      break;
    case 4:
      bytes.erase(at, length);
      break;
    case 5:
      bytes.insert(at, bytes.substr(below(bytes.size() + 1), length));
      break;
    case 6:
      bytes.insert(at, kTexts[below(kTexts.size())]);
      break;
    case 7:
      bytes.replace(at, length, other.substr(below(other.size() + 1), length));
      break;
    case 8:
      if (!constants.empty()) write(constants[below(constants.size())]);
      break;
    case 9:  // a small change of a number
      if (at < bytes.size()) bytes[at] = char(bytes[at] + char(below(9)) - 4);
      break;
    default:
      if (bytes.size() < kMostBytes / 4)
        for (auto times = below(6); times > 0; --times) bytes.insert(at, bytes.substr(at, length));
  }
  if (bytes.size() > kMostBytes) bytes.resize(kMostBytes);
}

std::string Mutator::mutate(std::string_view input, std::string_view other,
                            std::span<const std::uint64_t> constants) {
  std::string bytes(input);
  for (auto times = std::size_t(1) << below(5); times > 0; --times)
    mutate_once(bytes, other, constants);
  return bytes;
}

}  // namespace penstock::fuzz

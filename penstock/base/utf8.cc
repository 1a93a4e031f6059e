#include "penstock/base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace penstock {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

bool is_tail(unsigned byte) { return (byte & 0xc0) == 0x80; }

}  // namespace

std::size_t utf8_size(std::string_view bytes, std::size_t at) {
  const unsigned first = byte_at(bytes, at), second = byte_at(bytes, at + 1);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !is_tail(second)) return 0;
  if (first < 0xe0) return 2;
  if (!is_tail(byte_at(bytes, at + 2))) return 0;
  if (first < 0xf0) {
    const bool overlong = first == 0xe0 && second < 0xa0,
               surrogate = first == 0xed && second > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  const bool overlong = first == 0xf0 && second < 0x90, too_large = first == 0xf4 && second > 0x8f;
  return overlong || too_large || !is_tail(byte_at(bytes, at + 3)) ? 0 : 4;
}

char32_t utf8_code(std::string_view character) {
  const unsigned first = byte_at(character, 0);
  if (character.size() < 2) return first;
  char32_t code = first & (0x7fu >> character.size());
  for (std::size_t at = 1; at < character.size(); ++at)
    code = (code << 6) | (byte_at(character, at) & 0x3f);
  return code;
}

namespace {

// Where the first byte stands that is not part of a character; the size of the text when there is
// none. Most text is ASCII, of which eight bytes are looked at in one go.
std::size_t first_wrong(std::string_view bytes, std::size_t at) {
  constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
  while (at < bytes.size()) {
    std::uint64_t eight = kHighBits;
    if (bytes.size() - at >= sizeof eight) std::memcpy(&eight, bytes.data() + at, sizeof eight);
    if ((eight & kHighBits) == 0) {
      at += sizeof eight;
      continue;
    }
    const std::size_t size = utf8_size(bytes, at);
    if (size == 0) return at;
    at += size;
  }
  return bytes.size();
}

}  // namespace

bool is_utf8(std::string_view bytes) { return first_wrong(bytes, 0) == bytes.size(); }

std::size_t utf8_border(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  for (std::size_t back = 1; back < 4 && back <= at; ++back)
    if (const auto size = utf8_size(text, at - back); size != 0)
      return size > back ? at - back : at;
  return at;
}

bool make_utf8(std::string& text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  auto wrong = first_wrong(text, 0);
  if (wrong == text.size()) return false;
  std::string good;
  for (std::size_t from = 0; from < text.size();) {
    good.append(text, from, wrong - from);
    if (wrong < text.size()) good += kReplacement;
    from = wrong + 1;
    wrong = first_wrong(text, std::min(from, text.size()));
  }
  text = std::move(good);
  return true;
}

}  // namespace penstock

#include "penstock/base/utf8.h"

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

bool is_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = utf8_size(bytes, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

}  // namespace penstock

#include "penstock/event/json_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "penstock/base/json_number.h"
#include "penstock/base/utf8.h"

namespace penstock {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// True for bytes that stand for themselves within a JSON string.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// The length of the character of several bytes at the front of `text`; 0 when it is none.
std::size_t utf8_length(std::string_view text) {
  for (std::size_t length = 2; length <= 4 && length <= text.size(); ++length)
    if (is_utf8(text.substr(0, length))) return length;
  return 0;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += kHex[static_cast<unsigned char>(c) >> 4];
  out += kHex[static_cast<unsigned char>(c) & 15];
}

template <class T>
void append_number(std::string& out, T value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && kPlain[static_cast<unsigned char>(text[end])]) ++end;
    out.append(text, at, end - at);
    if (end == text.size()) break;
    at = end + 1;
    if (static_cast<unsigned char>(text[end]) < 0x80) {
      append_escape(out, text[end]);
    } else if (const auto length = utf8_length(text.substr(end))) {
      out.append(text, end, length);
      at = end + length;
    } else {
      out += kReplacement;
    }
  }
  out += '"';
}

void append_json_number(std::string& out, std::int64_t value) { append_number(out, value); }

void append_json_number(std::string& out, double value) {
  const auto special = special_number(value);
  if (value == 0 && std::signbit(value))
    out += "-0.0";  // `-0` is read as an integer, which has no sign
  else if (special.empty())
    append_number(out, value);
  else
    append_json_string(out, special);
}

}  // namespace penstock

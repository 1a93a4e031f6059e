#include "penstock/view/text_style.h"

#include <array>
#include <utility>

#include "penstock/base/text.h"

namespace penstock {
namespace {

constexpr std::array<std::string_view, 7> kToneCodes = {"", "1", "2", "32", "33", "31", "36"};

// One character: how many bytes it has and how many columns it takes.
struct Glyph {
  std::size_t bytes = 1;
  std::size_t columns = 1;
};

constexpr std::array<std::pair<char32_t, char32_t>, 9> kWide = {{{0x1100, 0x115f},
                                                                 {0x2e80, 0xa4cf},
                                                                 {0xac00, 0xd7a3},
                                                                 {0xf900, 0xfaff},
                                                                 {0xfe30, 0xfe6f},
                                                                 {0xff00, 0xff60},
                                                                 {0xffe0, 0xffe6},
                                                                 {0x1f300, 0x1faff},
                                                                 {0x20000, 0x3fffd}}};
constexpr std::array<std::pair<char32_t, char32_t>, 5> kCombining = {
    {{0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}}};

template <class Ranges>
bool is_in(char32_t code, const Ranges& ranges) {
  for (const auto& [first, last] : ranges)
    if (code >= first && code <= last) return true;
  return false;
}

Glyph glyph_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (size == 1 || at + size > text.size()) return {};
  auto code = static_cast<char32_t>(lead & (0x7f >> size));
  for (std::size_t i = 1; i < size; ++i)
    code = (code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3f);
  if (is_in(code, kCombining)) return {size, 0};
  return {size, is_in(code, kWide) ? std::size_t(2) : std::size_t(1)};
}

}  // namespace

std::string paint(std::string_view text, Tone tone, const TextStyle& style) {
  if (!style.color || tone == Tone::Plain || text.empty()) return std::string(text);
  std::string out = "\x1b[";
  out += kToneCodes[std::size_t(tone)];
  out += 'm';
  out += text;
  return out + "\x1b[0m";
}

std::string one_line(std::string_view text) {
  std::string out = printable(text);
  for (char& c : out)
    if (c == '\n' || c == '\t') c = ' ';
  return out;
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  for (const auto& line : split(printable(text), '\n')) {
    if (!out.empty()) out += '\n';
    if (!line.empty()) out += indent;
    out += line;
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto glyph = glyph_at(text, at);
    columns += glyph.columns;
    at += glyph.bytes;
  }
  return columns;
}

std::string truncate_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t columns = 0, at = 0;
  while (at < text.size()) {
    const auto glyph = glyph_at(text, at);
    if (columns + glyph.columns > width - 1) break;
    columns += glyph.columns;
    at += glyph.bytes;
  }
  return std::string(text.substr(0, at)) + "…";
}

}  // namespace penstock

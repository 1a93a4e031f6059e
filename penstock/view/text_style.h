// How text looks on a terminal: tones instead of colours, and widths in columns instead of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace penstock {

/// What a piece of text means; a terminal shows it in colour, a file as plain text.
enum class Tone : std::uint8_t { Plain, Strong, Dim, Good, Warn, Bad, Active };

/// What the reader's end can show.
struct TextStyle {
  bool color = false;
  std::size_t width = 0;  ///< columns; 0: unlimited
};

/// The text in the tone's colour, or as it is without colours.
std::string paint(std::string_view text, Tone tone, const TextStyle& style);
/// Untrusted text as one line that a terminal can be given: control characters become visible, line
/// ends and tabs become blanks.
std::string one_line(std::string_view text);
/// Untrusted text of several lines, each indented; other control characters become visible.
std::string indented(std::string_view text, std::string_view indent);
/// The columns that UTF-8 text takes: one per character, two for wide ones, none for combining.
std::size_t display_width(std::string_view text);
/// The text cut to at most `width` columns, with `…` where something was cut.
std::string truncate_to_width(std::string_view text, std::size_t width);

}  // namespace penstock

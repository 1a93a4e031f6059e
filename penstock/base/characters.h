// Texts as characters, and which of them a terminal would act on.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "penstock/base/utf8.h"

namespace penstock {

/// True for what a terminal acts on (C0, DEL, C1), what breaks lines, and what turns the direction
/// of text. Line feed and tab are such, too.
inline bool is_control(char32_t code) {
  const auto is_within = [&](char32_t first, char32_t last) {
    return code >= first && code <= last;
  };
  return code < 0x20 || is_within(0x7f, 0x9f) || is_within(0x200e, 0x200f) ||
         is_within(0x2028, 0x202e) || is_within(0x2066, 0x2069);
}

/// Call `visit(character, code)` for each character, and `visit(byte, nothing)` for a byte that is
/// part of none.
template <class Visit>
void each_character(std::string_view text, const Visit& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const auto size = utf8_size(text, at);
    const auto character = text.substr(at, std::max<std::size_t>(size, 1));
    visit(character, size == 0 ? std::optional<char32_t>{} : utf8_code(character));
    at += character.size();
  }
}

}  // namespace penstock

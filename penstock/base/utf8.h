// Whether bytes are text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace penstock {

/// True when the bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above
/// U+10FFFF.
bool is_utf8(std::string_view bytes);
/// The number of bytes of the UTF-8 character at `at`, or 0 when none begins there.
std::size_t utf8_size(std::string_view bytes, std::size_t at);
/// The greatest place at or before `at` where no character is cut in two: where to end a text that
/// is too long.
std::size_t utf8_border(std::string_view text, std::size_t at);
/// Replace each byte that is not part of a UTF-8 character by U+FFFD. True when there was one.
bool make_utf8(std::string& text);
/// The character that these bytes of UTF-8 are.
char32_t utf8_code(std::string_view character);

}  // namespace penstock

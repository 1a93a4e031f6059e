// A string that can be a template argument.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace penstock {

/// A string as a template argument: `Out<"good", Frame>`, `Resource<Database, "orders">`.
template <std::size_t Size>
struct Name {
  char text[Size]{};
  consteval Name(const char (&s)[Size]) { std::copy_n(s, Size, text); }
  constexpr std::string_view view() const { return {text, Size - 1}; }
  friend constexpr bool operator==(const Name&, const Name&) = default;
};

}  // namespace penstock

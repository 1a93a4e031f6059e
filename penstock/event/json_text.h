// Appends JSON to a text without building a tree first: the log encodes every event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock {

/// Append a JSON string with its quotes. Each invalid byte of UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);
/// Append a whole number.
void append_json_number(std::string& out, std::int64_t value);
/// Append the shortest decimal that reads back as the same double; see json_number().
void append_json_number(std::string& out, double value);

}  // namespace penstock

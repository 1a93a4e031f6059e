// Small helpers for text that people read and names that become keys or paths.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/result.h"

namespace penstock {

/// Parts with a separator between them.
std::string join(std::span<const std::string> parts, std::string_view separator);
/// Split at every separator; an empty text gives one empty part.
std::vector<std::string> split(std::string_view text, char separator);
/// Without leading and trailing blanks, tabs and line ends.
std::string_view trim(std::string_view text);
/// ASCII lower and upper case.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
/// The text in double quotes with `"`, `\` and control characters escaped as in JSON.
std::string quote(std::string_view text);
/// The number of single-character edits (with transpositions) between two texts.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate nearest to `name` within edit distance 2, if there is one: "did you mean".
std::optional<std::string> closest_name(std::string_view name,
                                        std::span<const std::string> candidates);
/// True when the name is one or more of `[A-Za-z0-9_]`: ops, graphs, jobs, inputs, outputs.
bool is_name(std::string_view name);
/// True when the key is one or more of `[A-Za-z0-9_.-]` and neither `.` nor `..`.
bool is_mapping_key(std::string_view key);
/// Every byte but `[A-Za-z0-9_.-]` as `%XX`, so that the result is one safe path segment.
std::string percent_encode(std::string_view text);
/// `7,349,616`.
std::string format_count(std::uint64_t count);
/// Binary units for people: `512 B`, `3.2 KiB`, `1.1 GiB`.
std::string format_bytes(std::uint64_t bytes);
/// Read a size such as `512MiB`, `2G`, `1073741824` (K, M, G, T are binary units).
Result<std::uint64_t> parse_bytes(std::string_view text);
/// Safe for a terminal: control characters (but line feed and tab; see is_control) as `\x9b`.
std::string printable(std::string_view text);

}  // namespace penstock

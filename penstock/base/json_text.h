// JSON that comes from users, from disk or from other programs: read and written without recursion,
// so that no depth of nesting can end the program.
//
// json_problem() decides what is JSON (RFC 8259): one value, UTF-8, no byte order mark, nothing
// behind it. Everything else here accepts what it accepts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/base/json.h"
#include "penstock/base/result.h"

namespace penstock {

/// The deepest nesting of lists and objects that parse_json() accepts.
inline constexpr std::size_t kMostJsonDepth = 256;

/// What is wrong with a text that should be JSON nested at most so deep, such as `a value is
/// missing at byte 7`; nothing when it is right. Numbers that no double can hold are wrong.
std::optional<std::string> json_problem(std::string_view text, std::size_t most_depth = SIZE_MAX);

/// A text as a tree, in time linear in its length. Of a key that is given twice the last value
/// counts. InvalidData says what is wrong and where.
Result<Json> parse_json(std::string_view text, std::size_t most_depth = kMostJsonDepth);

/// A tree as text: compact, or indented by so many blanks. What is not UTF-8 becomes U+FFFD.
std::string json_to_text(const Json& json, int indent = -1);

/// Add a member whose key is known to be new to an object; setting it by its key compares it with
/// every other key.
void add_member(Json& object, std::string key, Json value);

/// A member of an object: its key, and its value as it is written.
using JsonMember = std::pair<std::string, std::string_view>;

/// What stands in a text that json_problem() accepts; nothing when it is something else. Views are
/// parts of the text, without blanks around them.
std::optional<std::vector<JsonMember>> json_members(std::string_view json);
std::optional<std::vector<std::string_view>> json_items(std::string_view json);
std::optional<std::string> json_string(std::string_view json);
/// Only numbers without fraction and exponent that fit.
std::optional<std::int64_t> json_integer(std::string_view json);
std::optional<double> json_number(std::string_view json);
std::optional<bool> json_bool(std::string_view json);

}  // namespace penstock

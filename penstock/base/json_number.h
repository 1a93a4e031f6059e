// Floating-point numbers in JSON, which has no words for infinity and for what is not a number.
#pragma once

#include <optional>
#include <string_view>

#include "penstock/base/json.h"

namespace penstock {

/// `inf`, `-inf` or `nan`; empty for every other number.
std::string_view special_number(double value);
/// The number as JSON: `"inf"`, `"-inf"` and `"nan"` as texts, all others as they are.
Json json_number(double value);
/// The number of such JSON; nothing when it is something else.
std::optional<double> read_json_number(const Json& json);

}  // namespace penstock

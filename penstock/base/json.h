// The JSON value used across Penstock. Object keys keep the order in which they were set.
// Include <nlohmann/json.hpp> in sources that look inside.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace penstock {

using Json = nlohmann::ordered_json;

}  // namespace penstock

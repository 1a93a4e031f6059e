// What an asset may be called.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

/// What is wrong with the text of an asset key, as `it has an empty part`; empty when nothing is.
/// A key is parts joined by `/`; inside a part, `\` stands before `/` and `\`. Parts are not
/// empty, have no control characters, and are neither `.` nor `..`.
std::string mistake_in_asset_key(std::string_view key);

}  // namespace penstock

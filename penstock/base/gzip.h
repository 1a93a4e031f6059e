// Single gzip members: text that is packed as a whole and unpacked as a whole.
#pragma once

#include <string>
#include <string_view>

#include "penstock/base/result.h"

namespace penstock {

/// Pack bytes as one gzip member; members one after another are a gzip file.
std::string gzip_member(std::string_view bytes);
/// Unpack one member. Corrupt when it is none, or its check sum is wrong, or it holds more than
/// `limit` bytes.
Result<std::string> gunzip_member(std::string_view member, std::size_t limit);

}  // namespace penstock

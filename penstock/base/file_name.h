// Names of files and folders made of what users wrote.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace penstock {

/// The longest name that file_name() makes: of the 255 bytes that file systems take, some stay free
/// for numbers and endings.
inline constexpr std::size_t kLongestFileName = 200;

/// One safe path segment for a text: percent_encode(), of which the end is replaced by a digest of
/// the whole text when it is longer than kLongestFileName. Different texts have different names.
std::string file_name(std::string_view text);
/// A name that is safe already, shortened in the same way.
std::string bounded_file_name(std::string name);

}  // namespace penstock

// Reads the directory of a zip archive: where it lies, and what it lists.
#pragma once

#include <string_view>
#include <vector>

#include "penstock/base/zip.h"

namespace penstock::detail {

/// The members that the directory lists, each with the reason why it cannot be read, if there is
/// one. An error when there is no directory, or when what it lists cannot be found in it.
Result<std::vector<ZipMember>> read_zip_directory(std::string_view bytes,
                                                  const std::string& shown_name,
                                                  const ZipLimits& limits);

}  // namespace penstock::detail

// The failures that users of this pipeline see, each with the name that logs and tests rely on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <penstock/base/result.h>

namespace cems {

/// Make an error of a kind named in the pipeline's documentation, such as `date_invalid`.
///
/// The kind decides the code: settings are Config, what is not there is NotFound, everything else
/// is InvalidData.
penstock::Error problem(std::string_view kind, std::string message);

/// One error out of several of the same kind: their messages, one a line, at most `limit` of them.
penstock::Error combine(std::vector<penstock::Error> problems, std::size_t limit = 20);

}  // namespace cems

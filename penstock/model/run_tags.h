// Which tags users may put on jobs and runs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "penstock/base/result.h"

namespace penstock {

/// Keys have 1 to 63 bytes and values at most 4 KiB. Keys that begin with `penstock/` are the
/// engine's, but for those that it reads: max_retries, retry_strategy, max_runtime. Config, with
/// all that is wrong and what is allowed, for others.
Status check_user_tags(const std::map<std::string, std::string>& tags);
/// What is wrong with tags, each by itself.
std::vector<std::string> mistakes_in_user_tags(const std::map<std::string, std::string>& tags);

}  // namespace penstock

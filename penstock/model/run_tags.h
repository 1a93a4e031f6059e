// Which tags users may put on jobs and runs.
#pragma once

#include <map>
#include <string>

#include "penstock/base/result.h"

namespace penstock {

/// Keys have 1 to 63 bytes and values at most 4 KiB. Keys that begin with `penstock/` are the
/// engine's, but for those by which users tell it something: priority, max_retries, retry_strategy,
/// max_runtime, concurrency_key. Config, with what is wrong and allowed, for others.
Status check_user_tags(const std::map<std::string, std::string>& tags);

}  // namespace penstock

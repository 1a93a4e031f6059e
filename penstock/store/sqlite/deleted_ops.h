// What the ops of a deleted run cost, as RUN_DELETED keeps it.
#pragma once

#include <map>
#include <string>

#include "penstock/event/event_log.h"

namespace penstock::detail {

/// By op:
/// `{"load": {"successes": 2, "total_us": 30, "longest_us": 20, "samples": [[7, 0, 0, 20]]}}`
/// with the members of OpSample in their order; empty text for none.
std::string encode_ops(const std::map<std::string, OpHistory>& ops);
/// Read it back, or ErrorCode::Corrupt.
Result<std::map<std::string, OpHistory>> decode_ops(std::string_view text);

}  // namespace penstock::detail

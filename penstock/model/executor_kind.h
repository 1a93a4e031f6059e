// Where steps run: words that ops, plans and runs share.
#pragma once

#include <cstdint>
#include <string_view>

#include "penstock/base/result.h"

namespace penstock {

/// Where steps run.
enum class ExecutorKind : std::uint8_t {
  Inline,    ///< one after another in the calling thread: for debuggers
  Threads,   ///< worker threads that share this process
  Processes  ///< processes of their own: one that dies costs one attempt of one step
};
std::string_view to_string(ExecutorKind kind);
/// The executor of that name, or Config with the names there are.
Result<ExecutorKind> parse_executor(std::string_view name);

}  // namespace penstock

#include "penstock/model/executor_kind.h"

#include <array>

#include "penstock/base/text.h"

namespace penstock {
namespace {
constexpr std::array<std::string_view, 3> kNames = {"inline", "threads", "processes"};
}

std::string_view to_string(ExecutorKind kind) { return kNames[std::size_t(kind)]; }

Result<ExecutorKind> parse_executor(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return ExecutorKind(i);
  return make_error(ErrorCode::Config,
                    quote(name) + " is not an executor; expected inline, threads or processes");
}

}  // namespace penstock

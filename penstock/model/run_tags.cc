#include "penstock/model/run_tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "penstock/base/text.h"

namespace penstock {
namespace {

constexpr std::size_t kMostKey = 63;
constexpr std::size_t kMostValue = 4096;
constexpr std::string_view kReserved = "penstock/";

}  // namespace

Status check_user_tags(const std::map<std::string, std::string>& tags) {
  static const std::vector<std::string> kOpen = {"penstock/priority", "penstock/max_retries",
                                                 "penstock/retry_strategy", "penstock/max_runtime",
                                                 "penstock/concurrency_key"};
  for (const auto& [key, value] : tags) {
    if (key.empty() || key.size() > kMostKey)
      return make_error(ErrorCode::Config,
                        fmt::format("the key of the tag {} has {} bytes; expected 1 to {}",
                                    quote(key), key.size(), kMostKey));
    if (value.size() > kMostValue)
      return make_error(ErrorCode::Config,
                        fmt::format("the value of the tag {} has {} bytes; expected at most {}",
                                    quote(key), value.size(), kMostValue));
    if (!key.starts_with(kReserved) || std::ranges::find(kOpen, key) != kOpen.end()) continue;
    const auto near = closest_name(key, kOpen);
    return make_error(ErrorCode::Config,
                      fmt::format("the tag {} is set by Penstock itself; {}", quote(key),
                                  near ? "did you mean " + quote(*near) + "?"
                                       : "of its tags you may set " + join(kOpen, ", ")));
  }
  return {};
}

}  // namespace penstock

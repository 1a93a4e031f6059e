#include "penstock/model/run_tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "penstock/base/text.h"

namespace penstock {
namespace {

constexpr std::size_t kMostKey = 63;
constexpr std::size_t kMostValue = 4096;
constexpr std::string_view kReserved = "penstock/";

/// What is wrong with a tag; empty when nothing is.
std::string mistake_in(const std::string& key, const std::string& value) {
  // Only tags that are read: a tag without effect would hide a mistake.
  static const std::vector<std::string> kOpen = {"penstock/max_retries", "penstock/retry_strategy",
                                                 "penstock/max_runtime"};
  static const std::map<std::string, std::string, std::less<>> kWithoutEffect = {
      {"penstock/priority", "runs do not wait in a queue; to order the steps of a run, set the "
                            "priority of ops: .priority(1)"},
      {"penstock/concurrency_key", "runs do not wait for each other; to limit the steps of a run "
                                   "that run at the same time, use a pool"}};
  if (key.empty() || key.size() > kMostKey)
    return fmt::format("the key of the tag {} has {} bytes; expected 1 to {}", quote(key),
                       key.size(), kMostKey);
  if (value.size() > kMostValue)
    return fmt::format("the value of the tag {} has {} bytes; expected at most {}", quote(key),
                       value.size(), kMostValue);
  if (!key.starts_with(kReserved) || std::ranges::find(kOpen, key) != kOpen.end()) return {};
  if (const auto found = kWithoutEffect.find(key); found != kWithoutEffect.end())
    return fmt::format("the tag {} has no effect: {}", quote(key), found->second);
  const auto near = closest_name(key, kOpen);
  return fmt::format(
      "the tag {} is set by Penstock itself; {}", quote(key),
      near ? "did you mean " + quote(*near) + "?" : "of its tags you may set " + join(kOpen, ", "));
}

}  // namespace

std::vector<std::string> mistakes_in_user_tags(const std::map<std::string, std::string>& tags) {
  std::vector<std::string> mistakes;
  for (const auto& [key, value] : tags)
    if (auto mistake = mistake_in(key, value); !mistake.empty())
      mistakes.push_back(std::move(mistake));
  return mistakes;
}

Status check_user_tags(const std::map<std::string, std::string>& tags) {
  const auto mistakes = mistakes_in_user_tags(tags);
  if (mistakes.empty()) return {};
  return make_error(ErrorCode::Config, join(mistakes, "; "));
}

}  // namespace penstock

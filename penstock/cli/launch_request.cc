#include "penstock/cli/launch_request.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/model/run_tags.h"

namespace penstock {
namespace {

Status add_json_tags(const std::string& text, Tags& tags) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    return make_error(ErrorCode::Config, "--tags " + quote(text) +
                                             " is no JSON object; expected {\"key\": \"value\"}");
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string())
      return make_error(ErrorCode::Config, fmt::format("--tags: the value of {} is {}; expected a "
                                                       "string",
                                                       quote(key), value.type_name()));
    tags[key] = value.get<std::string>();
  }
  return {};
}

}  // namespace

std::vector<OptionSpec> launch_request_options() {
  return {{"--tags", "TAGS", "tags of the run: KEY=VALUE, or a JSON object", true},
          {"--pool", "NAME=LIMIT", "what steps may take of a pool at a time", true}};
}

Result<Tags> read_tags(const CommandContext& context) {
  Tags tags;
  for (const auto& tag : context.args.values("tags")) {
    if (trim(tag).starts_with('{')) {
      PENSTOCK_TRY(add_json_tags(tag, tags));
      continue;
    }
    const auto equals = tag.find('=');
    if (equals == std::string::npos || equals == 0)
      return make_error(ErrorCode::Config,
                        "--tags " + quote(tag) + " is not KEY=VALUE, nor a JSON object");
    tags[tag.substr(0, equals)] = tag.substr(equals + 1);
  }
  if (auto checked = check_user_tags(tags); !checked.ok())
    return std::move(checked).error().within("--tags");
  return tags;
}

Result<PoolAmounts> read_pools(const CommandContext& context) {
  PoolAmounts pools;
  for (const auto& pool : context.args.values("pool")) {
    const auto equals = pool.find('=');
    const auto* first = pool.data() + (equals == pool.npos ? pool.size() : equals + 1);
    const auto* last = pool.data() + pool.size();
    std::int64_t limit = 0;
    const auto [end, status] = std::from_chars(first, last, limit);
    if (equals == 0 || first == last || status != std::errc() || end != last)
      return make_error(ErrorCode::Config,
                        "--pool " + quote(pool) + " is not NAME=LIMIT, such as db=2");
    pools[pool.substr(0, equals)] = limit;
  }
  return pools;
}

}  // namespace penstock

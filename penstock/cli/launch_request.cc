#include "penstock/cli/launch_request.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "penstock/base/json_text.h"
#include "penstock/base/text.h"
#include "penstock/model/run_tags.h"

namespace penstock {
namespace {

Status add_json_tags(const std::string& text, Tags& tags) {
  const auto parsed = parse_json(text);
  const auto json = parsed.ok() ? *parsed : Json();
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
  return {
      {"--keep", "none|failed|all",
       "what is kept of values; default: as the job says, or the run that is run again"},
      {"--max-runtime", "D",
       "stop the run after so long, such as 90s or 2h; 0: never; default: the job's"},
      {"--on-worker-loss", "WHAT",
       "when this process is lost, the next start of the program records the run as failed "
       "(fail, default), or goes on with it (resume)",
       false, "fail|resume"},
      {"--tags", "TAGS", "tags of the run: KEY=VALUE, or a JSON object", true},
      {"--pool", "NAME=LIMIT", "what steps may take of a pool at a time", true}};
}

Result<std::optional<Keep>> read_keep(const CommandContext& context) {
  if (!context.args.has("keep")) return std::optional<Keep>();
  auto keep = parse_keep(context.args.value("keep"));
  if (!keep.ok()) return make_error(ErrorCode::Config, "--keep: " + keep.error().message);
  return std::optional(*keep);
}

Result<std::string> read_on_worker_loss(const CommandContext& context) {
  const auto what = context.args.value("on-worker-loss", "fail");
  if (what == "fail") return std::string();
  if (what == "resume") return what;
  return make_error(ErrorCode::Config,
                    "--on-worker-loss: " + quote(what) + " is neither fail nor resume");
}

Result<std::string> read_selection(const CommandContext& context, const std::string& option) {
  auto selection = context.args.value(option);
  if (context.args.has(option) && trim(selection).empty())
    return make_error(ErrorCode::Config,
                      fmt::format("--{}: {} selects nothing; name steps, such as 'load+', or "
                                  "leave the option out",
                                  option, quote(selection)));
  return selection;
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
  if (context.args.has("max-runtime")) {
    PENSTOCK_TRY(context.args.duration("max-runtime"));
    tags[kMaxRuntimeTag] = context.args.value("max-runtime");
  }
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

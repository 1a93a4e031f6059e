// What a launch asks for beside its config: tags, limits, what is kept, and which steps.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "penstock/cli/command.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// The options for this of commands that launch runs: --keep, --max-runtime, --on-worker-loss,
/// --tags and --pool.
std::vector<OptionSpec> launch_request_options();
/// What --keep says; nothing when it was not given.
Result<std::optional<Keep>> read_keep(const CommandContext& context);
/// What --on-worker-loss says, as RunRequest has it: empty is the default.
Result<std::string> read_on_worker_loss(const CommandContext& context);
/// The selection that this option gives; empty when it was not given. Config when it selects
/// nothing.
Result<std::string> read_selection(const CommandContext& context, const std::string& option);
/// The tags that --tags gives, KEY=VALUE each or JSON objects, and that of --max-runtime.
Result<Tags> read_tags(const CommandContext& context);
/// The limits that --pool gives.
Result<PoolAmounts> read_pools(const CommandContext& context);

}  // namespace penstock

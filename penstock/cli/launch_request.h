// What a launch asks for beside its config: tags and limits of pools.
#pragma once

#include <vector>

#include "penstock/cli/command.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// The options --tags and --pool, for commands that launch runs.
std::vector<OptionSpec> launch_request_options();
/// The tags that --tags gives: KEY=VALUE each, or JSON objects.
Result<Tags> read_tags(const CommandContext& context);
/// The limits that --pool gives.
Result<PoolAmounts> read_pools(const CommandContext& context);

}  // namespace penstock

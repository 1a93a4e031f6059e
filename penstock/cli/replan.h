// Planning a run again from the command line.
#pragma once

#include "penstock/cli/command.h"
#include "penstock/plan/plan_reexecution.h"

namespace penstock {

/// How a run is to be run again.
struct ReplanChoice {
  Strategy strategy = Strategy::FromFailure;
  std::string selection = {};
  Tags tags = {};                 ///< over those of the run
  std::optional<Keep> keep = {};  ///< instead of that of the run
  PoolAmounts pools = {};
  std::string on_worker_loss = {};  ///< as in RunRequest
};

/// Take what the command line says of pools and of the loss of the process, which a run does not
/// have from the one before it.
Status read_limits(const CommandContext& context, ReplanChoice& choice);

/// Plan a run again, from what it and those before it have. Its config stays, with --config and
/// --set over it. `values` may be null: then no value is there.
Result<ReexecutionPlan> replan(const CommandContext& context, const Definitions& definitions,
                               EventLog& log, ValueStore* values, const RunRecord& run,
                               const ReplanChoice& choice);

/// Plan what is left of a run whose process was lost.
Result<RunPlan> plan_rest(const CommandContext& context, const Definitions& definitions,
                          EventLog& log, ValueStore* values, const RunRecord& run);

/// The strategy that a run's tag `penstock/retry_strategy` names, else the other one.
Result<Strategy> retry_strategy(const Tags& tags, Strategy otherwise);

}  // namespace penstock

// Running a job again from what an earlier run has: what of it counts, what runs, and why.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/event/run_history.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// Which steps of the earlier run run again.
enum class Strategy : std::uint8_t {
  AllSteps,     ///< every one
  FromFailure,  ///< those that did not end well or never began, and what reads from them
  FromSteps,    ///< selected ones, and everything after them
  Selected      ///< selected ones, and nothing else
};
/// `FROM_FAILURE`, …
std::string_view to_string(Strategy strategy);
/// The strategy of that name in any case, or Config with the names there are.
Result<Strategy> parse_strategy(std::string_view name);

/// What somebody asks to be run again.
struct ReexecutionRequest {
  RunRequest run;  ///< job, config and tags of the new run
  Strategy strategy = Strategy::FromFailure;
  std::string selection = {};  ///< FromSteps, Selected: which steps or copies, see selection.h
};

/// The state that planning begins from.
struct KnownRun {
  const RunHistory& history;
  /// True when a stored value can still be read as a value of that type. Null: none can.
  std::function<bool(const StoredValue&, const ValueType&)> has = {};
  std::string build_id = {};  ///< of this program
  std::string run_text = {};  ///< how the earlier run is called in messages

  bool resumes = false;  ///< the run itself goes on: its failures are final
  /// Why a value for which `has` is false cannot be read; null, or an empty text: it is gone.
  std::function<std::string(const StoredValue&)> fault = {};

  /// True when the earlier run was not limited to some steps.
  bool is_whole() const;
};

/// A plan, and what is to be said before it is run.
struct ReexecutionPlan {
  RunPlan plan;
  std::vector<std::string> notices;  ///< such as which steps run again because a value is gone
  std::int64_t reused = 0;           ///< copies known to be reused
};

/// Plan a re-execution. Pure but for `environment` and KnownRun::has. Errors: those of plan_run();
/// Config, when config differs of a step whose outputs would be reused, when a strategy lacks its
/// selection; Refused, when nothing is left to be run.
Result<ReexecutionPlan> plan_reexecution(
    const Definitions& definitions, const ReexecutionRequest& request, const KnownRun& known,
    const ConfigEnvironment& environment = process_environment());

/// Plan what is left of a run whose process was lost, for another process to go on with it. What
/// had failed stays failed. Errors as above.
Result<RunPlan> plan_resumption(const Definitions& definitions, const RunRequest& request,
                                KnownRun known,
                                const ConfigEnvironment& environment = process_environment());

}  // namespace penstock

// What is left of a run whose process was lost, and whether it is worth going on with it.
#pragma once

#include <set>
#include <string>

#include "penstock/event/lost_run.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// Where the steps run that may have ended the process that was lost.
struct Isolation {
  bool all = false;                     ///< any step that was left may have
  std::set<std::string> isolated = {};  ///< keys of those that run in a process of their own now
  std::set<std::string> stuck = {};     ///< keys of those that cannot
};

/// Have the steps that were running run in processes of their own, where they can, in a run on
/// `run`. All that are left when the log knows of none, since the last starts may not have come to
/// it, or when that was in vain before.
Isolation isolate_suspects(RunPlan& plan, const LostRun& lost, ExecutorKind run);

/// Kinds of the errors below.
inline constexpr const char* kOtherFolder = "other_folder";
inline constexpr const char* kInVain = "in_vain";

/// Refused, with the kind kOtherFolder, when the run worked in another folder than this process:
/// its files would come to lie elsewhere.
Status check_folder(const LostRun& lost);
/// Refused, with the kind kInVain, when the run was resumed so often without a step that succeeded
/// since that another time is not expected to help.
Status check_hope(const LostRun& lost, const Isolation& isolation);

}  // namespace penstock

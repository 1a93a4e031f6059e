#include "penstock/cli/resume_plan.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "penstock/base/text.h"
#include "penstock/plan/check_executors.h"

namespace penstock {
namespace {

constexpr std::int32_t kMostInVain = 3;

// Keys of the steps that were running, by the path of their template.
std::map<std::string, std::set<std::string>> running_steps(const LostRun& lost) {
  std::map<std::string, std::set<std::string>> steps;
  for (const auto& [key, attempt] : lost.running()) steps[op_of_step(key)].insert(key);
  return steps;
}

bool will_run(const RunPlan& plan, const PlannedStep& step) {
  return !step.held && (step.scope != 0 || !plan.reused.contains(step.path));
}

bool is_here(const std::filesystem::path& folder) {
  std::error_code error;
  const auto here = std::filesystem::current_path(error);
  return here == folder || std::filesystem::equivalent(here, folder, error);
}

}  // namespace

Isolation isolate_suspects(RunPlan& plan, const LostRun& lost, ExecutorKind run) {
  Isolation isolation{.all = lost.running().empty() || lost.resumed_in_vain() > 0};
  auto suspects = running_steps(lost);
  for (auto& step : plan.steps) {
    auto& keys = suspects[step.path];
    if (isolation.all && will_run(plan, step)) keys.insert(step.path);
    if (keys.empty() || executor_of(step, run) == ExecutorKind::Processes) continue;
    if (may_have_process(step)) {
      step.executor = ExecutorKind::Processes;
      isolation.isolated.merge(keys);
    } else if (step.join == JoinKind::None && !step.internal) {
      isolation.stuck.merge(keys);
    }
  }
  return isolation;
}

Status check_folder(const LostRun& lost) {
  if (lost.folder().empty() || is_here(lost.folder())) return {};
  return make_error(
      ErrorCode::Refused,
      fmt::format("it began in another folder, where its files lie: go to {}", lost.folder()),
      kOtherFolder);
}

Status check_hope(const LostRun& lost, const Isolation& isolation) {
  const auto most = isolation.stuck.empty() ? kMostInVain : 1;
  if (lost.resumed_in_vain() < most) return {};
  auto why = fmt::format("it was resumed {} in a row and no further step has succeeded since",
                         most == 1 ? "once" : fmt::format("{} times", lost.resumed_in_vain()));
  if (!isolation.stuck.empty())
    why += fmt::format("; step {} may have ended its process and cannot have one of its own",
                       quote(*isolation.stuck.begin()));
  return make_error(ErrorCode::Refused, why, kInVain);
}

}  // namespace penstock

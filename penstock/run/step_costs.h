// What earlier runs tell of the steps of a plan: how much memory they need, and how long is left
// behind them. Decides the order of ready steps and what they reserve.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "penstock/base/clock.h"
#include "penstock/event/event_log.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// Per template of a plan; both empty when nothing is known.
struct StepCosts {
  /// The longest way from the step's start to the end of the run, by the mean time of each op.
  std::vector<Micros> remaining;
  std::vector<std::vector<OpSample>> samples;
};

/// What the histories of its ops tell of a plan. Pure.
StepCosts learn_costs(const RunPlan& plan, const std::map<std::string, OpHistory>& history);

/// Bytes that a step will need which is given `bytes_in`: what the samples needed, each scaled by
/// the size of its inputs, of which nine in ten are not more. Nothing without samples. Pure.
std::optional<std::uint64_t> learned_memory(std::span<const OpSample> samples,
                                            std::uint64_t bytes_in);

}  // namespace penstock

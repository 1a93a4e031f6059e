// Leaving steps out of a plan.
#pragma once

#include <string_view>
#include <vector>

#include "penstock/plan/run_plan.h"

namespace penstock {

/// What becomes of a template.
enum class Part : std::uint8_t {
  Out,   ///< it is no part of the run
  Held,  ///< its copies are known and none runs: what it reads may be left out
  In
};

/// Leave templates out; indices change. What a template that is In reads must be in the plan, and
/// so must the template whose items a scope is made of.
void limit_plan(RunPlan& plan, const std::vector<Part>& parts);

/// Limit a plan to selected templates. Config: the selection is wrong or selects nothing, or a
/// selected step reads from one that is not.
Status limit_to_selection(RunPlan& plan, std::string_view selection);

/// True when a selection's value names a step: its key, its path, or a graph that it stands in.
bool step_has_name(std::string_view pattern, std::string_view path, std::string_view key);
/// True when it has a tag: `key`, or `key=value`.
bool step_has_tag(std::string_view pattern, const PlannedStep& step);

}  // namespace penstock

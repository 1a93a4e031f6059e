// A plan that was not run: what would be done, and why.
#pragma once

#include <string>

#include "penstock/base/json.h"
#include "penstock/plan/run_plan.h"
#include "penstock/view/text_style.h"

namespace penstock {

/// The steps with what they read and why they run, then pools and a summary.
std::string plan_text(const RunPlan& plan, const TextStyle& style);
/// `plan.v1`: see docs/formats/cli-json.md.
Json plan_view_json(const RunPlan& plan);

}  // namespace penstock

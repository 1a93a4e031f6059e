// One run in full: how it stands in sum, and its steps.
#pragma once

#include <string>
#include <vector>

#include "penstock/view/progress_view.h"
#include "penstock/view/run_text.h"
#include "penstock/view/step_views.h"

namespace penstock {

/// A run and all that is known of it.
struct RunView {
  RunRow row;
  ProgressView progress = {};
  std::vector<StepView> steps = {};
};

/// Folds the events of one run for a RunView.
class RunViewFold {
 public:
  void apply(const Event& event) {
    progress_.apply(event);
    steps_.apply(event);
  }
  const ProgressView& progress() const { return progress_.view(); }
  const std::vector<StepView>& steps() const { return steps_.steps(); }

 private:
  ProgressFold progress_;
  StepViews steps_;
};

/// The run as text for a terminal: header, config, steps, failures, checks, assets.
std::string run_view_text(const RunView& view, Time now, const TimeText& time,
                          const TextStyle& style);

}  // namespace penstock

// A run as it is seen while it goes on, and in sum when it ended: per op, not per step, so that a
// run of a million steps is as cheap to show as one of ten.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "penstock/event/event_log.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// All steps of one op of the job.
struct OpView {
  std::string op;          ///< step key without mapping keys: `state_year.extract`
  std::int64_t known = 0;  ///< steps known so far; 0: nobody said
  StepCounts steps;
  Micros total{0};  ///< of attempts that succeeded
  Micros longest{0};
  std::string longest_step = {};
  std::map<std::string, std::int64_t> progressed = {};  ///< sums of progress by unit
};

/// A step that runs now.
struct RunningStepView {
  std::string step;
  std::int32_t attempt = 0;
  Instant since;  ///< of a run that is shown while it runs
  std::int64_t done = 0, total = 0;  ///< as the op reports; total 0: unknown
  std::string unit = {};
};

/// An attempt that failed, or a resource that could not be opened.
struct FailureView {
  std::string step;  ///< empty: the run itself
  std::int32_t attempt = 0;
  Error error = {};
  std::string failure_class = {};
  Time time{};
  bool tried_again = false;  ///< not the step's last word
};

/// The result of a check.
struct CheckView {
  std::string asset, check, partition, severity, description, step;
  bool passed = false;
  Metadata metadata = {};
};

/// What was made of one asset.
struct AssetView {
  std::string asset;
  std::int64_t materializations = 0;
  std::int64_t rows = 0, bytes = 0;  ///< sums of the metadata of these names
};

/// How a run stands.
struct ProgressView {
  RunRecord run;
  Instant started;  ///< of a run that is shown while it runs
  std::int64_t known_steps = 0;  ///< 0: nobody said
  bool all_known = true;         ///< false: a dynamic output may still add steps
  std::vector<OpView> ops;       ///< in the order of the plan, then as they came
  std::vector<RunningStepView> running;
  std::vector<FailureView> failures;  ///< the first hundred that were not tried again
  std::int64_t failure_count = 0;
  std::vector<CheckView> failed_checks;  ///< the first hundred, warnings included
  std::vector<AssetView> assets;
  std::int64_t warnings = 0, errors = 0;  ///< messages that ops logged

  /// Rows that went through: of the asset or the op that counts most, so that none counts twice.
  std::int64_t rows() const;
};

/// Which copies of which steps a dynamic output makes: taken from a plan.
struct PlanShape {
  struct Template {
    std::string op;
    std::int64_t in_run = 0;  ///< 1: runs once in the run; 0: once per item of a dynamic output
  };
  /// A dynamic output: who makes it, and the templates that each of its items adds a copy of.
  struct DynamicOutput {
    std::size_t maker = 0;
    std::vector<std::size_t> copies;
  };
  std::vector<Template> templates;
  std::map<std::string, DynamicOutput> dynamics;  ///< by `path.output`
};
PlanShape shape_of(const RunPlan& plan);

/// Folds the events of one run into a ProgressView. One thread at a time.
class ProgressFold {
 public:
  ProgressFold() = default;
  /// With a plan, the number of steps to come is known.
  explicit ProgressFold(PlanShape shape);

  /// Take in the next event of the run; one that cannot be is ignored. `now`: when it happened, for
  /// a run that is shown while it runs.
  void apply(const Event& event, Instant now = {});
  const ProgressView& view() const { return view_; }

 private:
  struct Applier;
  OpView& op_of(const std::string& step);
  void end_step(const Event& event);
  void update_all_known();
  void forget_failure(const Event& event);

  ProgressView view_;
  PlanShape shape_;
  std::unordered_map<std::string, std::size_t> op_index_;
  std::unordered_map<std::string, std::size_t> running_index_;
  std::string reused_step_;  // the last one: its items are told by their number
};

/// What a run has still to do, in time: from the ops' mean durations in this run, or else in past
/// ones, divided by the steps that run at a time. Nothing while too little is known.
std::optional<Micros> estimate_left(const ProgressView& view, Instant now,
                                    const std::map<std::string, OpHistory>& history);

}  // namespace penstock

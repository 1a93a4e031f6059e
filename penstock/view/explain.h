// Why a run went as it did: what each step waited for, why it ended as it ended, what held up the
// whole. A pure view over the stored plan and the events of one run.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "penstock/base/json.h"
#include "penstock/event/event.h"
#include "penstock/view/run_text.h"

namespace penstock {

/// An attempt of a step, as explained.
struct ExplainedAttempt {
  std::int32_t attempt = 0;
  Time started{};
  Micros waited{0};         ///< once its inputs were there
  std::string waited_for;   ///< `pool "db"`, `memory`, `a slot`
  std::int64_t memory = 0;  ///< reserved bytes
  Micros took{0};
  std::optional<Error> error;  ///< why it failed
  Micros retry_delay{0};       ///< until the next attempt may start
  std::string retry_reason;    ///< why there is a next one
};

/// A step that another reads from.
struct ExplainedInput {
  std::string step;
  std::string status;  ///< a StepStatus, or `WAITING`
  Time ready{};        ///< when its value was there; epoch: it is not
  /// Place of that event in the log: later events have greater ones, whatever the wall clock says.
  std::uint64_t order = 0;
};

/// What a step lacks that has its inputs.
struct ExplainedBlock {
  StepBlocked told;
  Time since{};
  std::int64_t place = 1;  ///< among those that wait for the same, by how long they do
  std::int64_t of = 1;     ///< so many wait for it
};

/// One step of a run, explained.
struct StepExplanation {
  std::string step;
  std::string status;  ///< a StepStatus, `WAITING`, or `NOT_RUN` once the run has ended without it
  std::string reason;  ///< one sentence
  std::vector<ExplainedInput> inputs;
  std::vector<ExplainedAttempt> attempts;
  std::vector<std::string> chain;         ///< from this step to the one that failed first
  std::optional<Error> root_error;        ///< of the last step of the chain
  std::vector<std::string> missing;       ///< inputs that have not ended
  std::optional<ExplainedBlock> blocked;  ///< what it waits for now; not of a step that began
  std::vector<std::string> running;       ///< of a step that waits for a slot: who has them
};

/// A failure and the steps that did not run because of it.
struct FailureConsequence {
  std::string step;
  Error error;
  std::int64_t lost = 0;  ///< steps that did not run
};

/// A step on the critical path: the chain of steps that the run could not have been shorter than.
struct CriticalStep {
  std::string step;
  Micros waited = {};
  Micros took = {};
  std::string waited_for = {};  ///< as of attempts: of the longest wait
};

/// A step that has its inputs and waits now.
struct WaitingStep {
  std::string step;
  std::string reason;  ///< one sentence
  ExplainedBlock blocked;
};

/// A whole run, explained.
struct RunExplanation {
  std::vector<CriticalStep> critical_path;  ///< first step first
  std::vector<FailureConsequence> failures;
  std::vector<CriticalStep> longest_waits;  ///< at most ten, longest first
  std::vector<WaitingStep> waiting;         ///< those that wait longest first
};

/// Folds the events of one run; then explains. Copies everything it needs.
class RunExplainer {
 public:
  /// How times in sentences are written; in UTC when nobody says.
  explicit RunExplainer(TimeText time = {}) : time_(std::move(time)) {}
  /// Take in the next event of the run.
  void apply(const Event& event);
  /// The run as a whole.
  RunExplanation run() const;
  /// One step. NotFound when the plan has no such step, or no such item is known.
  Result<StepExplanation> step(const std::string& key) const;
  /// Names of all steps: those in events, then those of the plan.
  std::vector<std::string> names() const;
  /// The items in events, of a mapped step: their keys, sorted. Empty for other steps.
  std::vector<std::string> items_of(const std::string& path) const;

 private:
  struct Planned {
    std::string path;
    std::vector<std::string> reads = {};  ///< paths of the steps it reads from or waits for
    std::map<std::string, std::int64_t> pools = {};  ///< what it takes of which
    std::string reason;                              ///< of a re-execution
  };
  struct Known {
    std::string status = "WAITING";
    std::string reason;
    std::string failed_step;  ///< that it could not run because of
    std::vector<ExplainedAttempt> attempts;
    struct Point {
      Time time{};
      std::uint64_t order = 0;
    };
    std::map<std::string, Point> items;  ///< by mapping key
    Point ended;
    std::optional<Error> error;
    std::optional<ExplainedBlock> blocked;
  };
  struct Teller;

  void read_plan(const std::string& json);
  const Planned* planned(const std::string& key) const;
  std::vector<std::string> sources_of(const std::string& key) const;
  ExplainedInput input(const std::string& source, const std::string& reader) const;
  bool is_waiting_item(const std::string& key) const;
  std::string blocking_pool(const std::string& key, const Known& known) const;
  std::string why(const std::string& key, const Known& known,
                  const StepExplanation& explained) const;
  std::vector<CriticalStep> path_to(std::string last) const;
  std::string lack(const StepExplanation& explained) const;
  std::string since_text(Time since) const;
  std::string behind_text(const std::string& pool) const;
  std::optional<ExplainedBlock> placed(const std::string& key) const;
  std::string status_of(const std::string& key) const;
  std::string why_not_begun(const std::string& key, const Known& known,
                            const StepExplanation& explained) const;
  void follow_failure(const std::string& key, StepExplanation& explained) const;

  std::map<std::string, Planned> plan_;                   // by path
  std::map<std::string, std::int64_t> pools_;             // limits
  std::map<std::string, Known> steps_;                    // by step key
  std::map<std::string, std::vector<std::string>> keys_;  // by path: step keys seen
  std::vector<std::string> told_blocked_;                 // step keys in the order of the events
  std::uint64_t events_ = 0;  // of steps
  bool has_ended_ = false, has_succeeded_ = false;
  TimeText time_;
};

/// A step explained, as text for a terminal.
std::string explanation_text(const StepExplanation& explained, const TimeText& time,
                             const TextStyle& style);
/// A run explained, as text for a terminal.
std::string explanation_text(const RunExplanation& explained, const TextStyle& style);
/// The same as JSON, without `schema` and run: see docs/formats/cli-json.md.
Json explanation_json(const StepExplanation& explained);
Json explanation_json(const RunExplanation& explained);

}  // namespace penstock

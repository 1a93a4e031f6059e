// What is known of a run's steps: how each copy ended, what it gave, and where that is kept. The
// state from which a run is executed again, or goes on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "penstock/event/event_log.h"
#include "penstock/event/value_store.h"

namespace penstock {

/// How a step stands, as its events tell.
enum class KnownState : std::uint8_t {
  Running,   ///< it began, and nothing says how it ended
  Retrying,  ///< it failed, and was to be tried again
  Succeeded,
  Skipped,  ///< its op asked for it
  NotRun,   ///< left out without fault: an input was not there
  Failed,
  UpstreamFailed,
  Canceled
};
inline bool is_finished(KnownState state) {
  return state == KnownState::Succeeded || state == KnownState::Skipped ||
         state == KnownState::NotRun;
}

/// A value that a step gave.
struct KnownValue {
  std::int64_t bytes = 0;  ///< in memory
  std::optional<StoredValue> stored = {};
};

/// One item of a dynamic output.
struct KnownItem {
  std::string key;
  KnownValue value = {};
};

/// One output of a step.
struct KnownOutput {
  std::string name;  ///< `result` for an op's only output
  bool given = false;
  KnownValue value = {};
  /// Of a dynamic output: in the order of the last attempt once it is complete, until then in the
  /// order in which they came first.
  std::vector<KnownItem> items = {};
  std::unordered_map<std::string, std::size_t> places = {};  ///< of the items, by key
  /// Places of the items that came since the process of the run started, in the order of its latest
  /// attempt, while the output is not complete.
  std::vector<std::size_t> latest = {};
  std::uint64_t process = 0;  ///< that `latest` is of
  /// The log does not have the items that DYNAMIC_COMPLETE counts, or not in its order.
  bool disordered = false;
};

/// One copy of a step.
struct KnownStep {
  KnownState state = KnownState::Running;
  bool superseded = false;   ///< a later run was to do it anew: what it gave counts no more
  std::int32_t attempt = 0;  ///< the last one
  RunId run = {};            ///< that ran it
  RunId told = {};           ///< that told of its end last: ran it, skipped it or reused it
  std::string reason = {};   ///< of a skip; of a failure
  std::vector<KnownOutput> outputs = {};

  const KnownOutput* find(std::string_view output) const;
};

/// A step as a run's plan described it.
struct KnownTemplate {
  std::string signature = {};  ///< differs when its op, types or connections differ
  std::string config = {};     ///< differs when its config differs
};

/// Folds the events of a run, and before them those of the runs that it took values from, oldest
/// first.
class RunHistory {
 public:
  /// Read a run and, for a re-execution, those before it. A run of these that is gone is not an
  /// error: what it gave is unknown.
  static Result<RunHistory> read(EventLog& log, const RunRecord& run);

  /// Take in the next event.
  void apply(const Event& event);

  /// The step of that key, or null when nothing was heard of it.
  const KnownStep* find(const std::string& key) const;
  const std::unordered_map<std::string, KnownStep>& steps() const { return steps_; }
  /// What the newest plan that contained it said of a template; null when none did.
  const KnownTemplate* find_template(const std::string& path) const;
  /// Whether the newest run's plan contained a template.
  bool is_planned(const std::string& path) const { return planned_.contains(path); }
  /// Of the newest run.
  const RunId& run() const { return run_; }
  const RunStarting& starting() const { return starting_; }

 private:
  struct Applier;
  void begin_run(const Event& event, const RunStarting& body);
  void read_plan(const std::string& json);

  RunId run_;
  std::uint64_t processes_ = 0;  // that ran the runs so far
  RunStarting starting_;
  std::filesystem::path folder_;                              // where the run works now
  std::unordered_map<std::string, KnownStep> steps_;          // by step key
  std::unordered_map<std::string, KnownTemplate> templates_;  // by path
  std::unordered_map<std::string, bool> planned_;             // paths of the newest plan
};

}  // namespace penstock

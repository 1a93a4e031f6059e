// What passes between the reactor, which decides, and those who run steps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "penstock/event/event.h"
#include "penstock/model/hook.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

class StreamSet;

/// One copy of a step template: the template's index and the copy's index in its scope.
struct StepRef {
  std::uint32_t step = 0;
  std::uint32_t copy = 0;
  friend auto operator<=>(const StepRef&, const StepRef&) = default;
};

/// One argument of a step: a single value, or parts that are gathered just before the call.
struct TaskInput {
  std::vector<Value> parts;
  GatherFunction gather = {};                ///< null: the only part is the value (or is missing)
  std::optional<PlannedSource> stream = {};  ///< the batches of this output, and no part
};

/// An attempt of a step that may start now.
struct StepTask {
  StepRef ref;
  std::int32_t attempt = 0;
  std::string key;                    ///< step key
  std::vector<std::string> map_keys;  ///< outermost first
  std::vector<TaskInput> inputs;
  /// Steps that share a stream with it and run at the same time, in this process: each takes a
  /// thread of its own. Of them the limits of the run know nothing: the unit was admitted as one.
  std::vector<StepTask> partners = {};
  StreamSet* streams = nullptr;  ///< of the unit, while it runs
  std::uint64_t memory = 0;      ///< bytes that it may take, where that was raised; 0: as declared
  /// Why the attempt fails without running its op: its memory estimate threw.
  Status refused = {};
};

/// Hooks that are to be called now that a step has ended.
struct HookTask {
  StepRef ref;
  HookFacts facts;
  std::vector<const PlannedHook*> hooks;
};

/// How the process that an attempt ran in ended, when it did not survive it.
struct ProcessDeath {
  std::string failure_class;    ///< user, infrastructure
  std::string reason;           ///< OOM_KILLED, SIGNAL, EXIT, WORKER_LOST
  std::int32_t exit_code = -1;  ///< -1: it did not exit by itself
  std::int32_t signal = 0;      ///< 0: no signal ended it
};

/// The kind of an error when a value of an earlier run could not be read: not the op's fault.
inline constexpr std::string_view kStoredValueLost = "stored_value_lost";

/// How an attempt ended.
struct StepResult {
  Status status;                   ///< an error when it did not succeed
  std::vector<Value> outputs;      ///< one per output; of dynamic ones nothing
  std::vector<Metadata> metadata;  ///< per output: what the op added
  /// Per output: the summary of its value. Taken before the reactor gets the result, since
  /// summarize() of a type may throw.
  std::vector<Metadata> summaries = {};
  bool from_op = false;  ///< the op itself returned or threw the error
  Micros cpu{0};
  std::int64_t peak_rss = 0;  ///< bytes of its process, where it had one to itself; 0: unknown
  std::optional<ProcessDeath> death = {};
  Metadata failure_metadata = {};           ///< that a Failure told
  RetryWish retry = {};                     ///< that a RetryRequested told
  std::vector<HandledOutput> handled = {};  ///< what was stored of the outputs
};

/// A value that a reader needed and did not use: it failed or was canceled. To be stored, so that
/// a re-execution finds it.
struct NeededValue {
  StepRef ref;  ///< of the step that gave it
  std::int32_t attempt = 0;
  std::string key;  ///< step key
  std::uint32_t port = 0;
  std::string mapping_key;  ///< of dynamic outputs
  Value value;
};

/// Call Reactor::on_timer at this time.
struct SetTimer {
  Instant at;
  StepRef ref;
  std::int32_t attempt = 0;
};
/// What the reactor wants done, in order.
struct Actions {
  std::vector<Event> events;  ///< append to the log, before anything else is started
  std::vector<StepTask> start;
  std::vector<StepRef> cancel;
  std::vector<SetTimer> timers;
  std::vector<StepRef> resume;      ///< may yield on: what they waited for is there
  std::vector<HookTask> hooks;      ///< call them, then Reactor::on_hooks_ended
  std::vector<Value> dropped;       ///< destroy when no lock is held
  std::vector<NeededValue> needed;  ///< store when no lock is held

  void clear() {
    events.clear(), start.clear(), cancel.clear(), timers.clear(), resume.clear();
    hooks.clear(), dropped.clear(), needed.clear();
  }
};

}  // namespace penstock

// The core that decides: which steps are ready, which may start, what a result means.
//
// A single-threaded state machine without clock, storage or threads: it is told what happened and
// answers with actions. The same calls with the same times give the same actions.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "penstock/event/run_record.h"
#include "penstock/run/admission.h"
#include "penstock/run/run_slots.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// What a run may use.
struct RunLimits {
  AdmissionLimits admission = {};
  bool keep_values = false;  ///< never free outputs
  std::uint64_t seed = 0;    ///< for the jitter of retries
  /// Hand out values that readers needed and did not use, where outputs are kept when they fail.
  bool keep_needed = false;
};

/// Decides about one run. Not thread-safe: its owner calls it under one lock.
class Reactor {
 public:
  Reactor(const RunPlan& plan, RunId run, RunLimits limits);

  /// Begin: every step that waits for nothing becomes ready.
  void start(Time now, Actions& actions);
  /// A running step handed on one item of a dynamic output. An error when the key is not one or is
  /// there already: the step must fail with it.
  Status on_yield(StepRef ref, std::uint16_t port, std::string key, Value value, Time now,
                  Actions& actions);
  /// An attempt ended. Of an attempt that is not the running one, nothing is taken.
  void on_ended(StepRef ref, std::int32_t attempt, StepResult result, Time now, Actions& actions);
  /// A timer that was asked for is due.
  void on_timer(StepRef ref, std::int32_t attempt, Time now, Actions& actions);
  /// Somebody asked the run to stop.
  void on_cancel(std::string by, Time now, Actions& actions);

  /// True when every step ended, or the run was canceled and no step runs.
  bool finished() const { return finished_; }
  RunStatus status() const { return status_; }
  const StepCounts& counts() const { return counts_; }
  const std::vector<std::string>& failed_steps() const { return failed_steps_; }
  const Error& first_error() const { return first_error_; }
  /// Class and reason of the first failure, for RUN_FAILURE.
  const std::string& first_class() const { return first_class_; }
  const std::string& first_reason() const { return first_reason_; }
  std::int32_t running() const { return std::int32_t(running_.size()); }
  std::uint64_t held_bytes() const { return held_bytes_; }
  std::uint64_t reserved_bytes() const { return admission_.reserved(); }
  const RunSlots& slots() const { return slots_; }
  /// With keep_values: every value that is held, by step key (and output, if there are several).
  std::map<std::string, Value> values() const;

 private:
  struct Running {
    StepRef ref;
    std::int32_t lane = 0;  // worker slot, for the chart of a run
    Claims claims;
  };

  // readiness
  void open_copy(std::uint32_t scope, std::uint32_t copy);
  void count_sources(StepRef ref);
  void arrive(StepRef reader, Arrival arrival);
  void decide(StepRef ref);
  void make_ready(StepRef ref);
  std::string failed_source(StepRef ref);

  // endings
  void end(StepRef ref, StepState state);
  void drain();
  void tell_readers(StepRef ref);
  void complete_groups(StepRef ref);
  void tell_collectors(StepRef source, std::uint16_t port, std::uint32_t parent, Arrival arrival);
  void item_ended(StepRef ref);
  void tell_if_collected(std::uint32_t step, std::uint32_t parent);
  void leave(StepRef ref);
  void finish_group(std::uint32_t scope, std::uint32_t parent);

  // values
  void hold_outputs(StepRef ref, std::vector<Value> outputs);
  std::uint32_t readers_of(StepRef ref, std::uint16_t port);
  void release_inputs(StepRef ref);
  void release(HeldValue& held);
  void release_output(StepRef ref, std::uint16_t port);
  void need_inputs(StepRef reader);
  void need(const PlannedSource& source, std::uint32_t copy);
  void need_what_waits();

  // starting
  void admit();
  void refuse(StepRef ref, const Claims& claims, Error why);
  std::int32_t free_lane() const;
  void start_step(const ReadyStep& ready);
  std::vector<TaskInput> inputs_of(StepRef ref);
  TaskInput input_of(StepRef ref, const PlannedInput& input);
  const Value& value_of(const PlannedSource& source, StepRef reader);
  std::uint64_t estimate(StepRef ref);
  static Arrival arrival_of(const Slot& slot, std::uint16_t port);
  void begin(Time now, Actions& actions);

  // results
  void succeed(StepRef ref, StepResult result);
  void fail(StepRef ref, StepResult result);
  bool retry(StepRef ref, const Error& error);
  void settle();
  void emit(EventBody body, LogLevel level = LogLevel::Info);
  void emit(StepRef ref, EventBody body, LogLevel level = LogLevel::Info);
  void emit_complete(StepRef ref, std::uint16_t port, Metadata metadata);
  void emit_output(StepRef ref, const OutputDef& output, const Value& value, Metadata metadata,
                   std::string mapping_key = {});

  const RunPlan& plan_;
  RunId run_;
  RunLimits limits_;
  RunSlots slots_;
  std::mt19937_64 random_;
  Admission admission_;
  std::vector<Running> running_;
  std::deque<StepRef> ended_;  // endings whose readers were not told yet
  bool draining_ = false;
  std::uint64_t held_bytes_ = 0;
  StepCounts counts_;
  std::int64_t open_steps_ = 0;  // slots that have not ended
  std::int64_t retries_waiting_ = 0;
  std::vector<std::string> failed_steps_;
  Error first_error_;
  std::string first_class_ = "user", first_reason_ = "STEP_FAILURE";
  RunStatus status_ = RunStatus::Started;
  bool finished_ = false;
  std::string canceled_by_;
  std::set<StepRef> timed_out_;  // asked to stop because of their time limit
  Time now_{};
  Actions* actions_ = nullptr;
};

}  // namespace penstock

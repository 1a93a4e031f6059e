// The core that decides: which steps are ready, which may start, what a result means.
//
// A single-threaded state machine without clock, storage or threads: it is told what happened and
// answers with actions. The same calls with the same times give the same actions.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "penstock/base/narrow.h"
#include "penstock/event/run_record.h"
#include "penstock/run/admission.h"
#include "penstock/run/failure_kind.h"
#include "penstock/run/reduce_tree.h"
#include "penstock/run/run_slots.h"
#include "penstock/run/step_costs.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// What a run may use.
struct RunLimits {
  AdmissionLimits admission = {};
  bool keep_values = false;  ///< never free outputs
  std::uint64_t seed = 0;    ///< for the jitter of retries
  /// Hand out values that readers needed and did not use, where outputs are kept when they fail.
  bool keep_needed = false;
  DispatchOrder order = DispatchOrder::DepthFirst;
};

/// Decides about one run. Not thread-safe: its owner calls it under one lock.
class Reactor {
 public:
  Reactor(const RunPlan& plan, RunId run, RunLimits limits, StepCosts costs = {});

  /// Begin: every step that waits for nothing becomes ready.
  void start(Moment now, Actions& actions);
  /// A running step handed on one item of a dynamic output. An error when the key is not one or is
  /// there already: the step must fail with it. `summary` is that of the value.
  Status on_yield(StepRef ref, std::uint32_t port, std::string key, Value value, Moment now,
                  Actions& actions, Metadata summary = {});
  /// Whether a step that wants to yield has to wait: as many items as it may have are under way.
  bool must_wait(StepRef ref, std::uint32_t port);
  /// A step waits before it yields. Its slots are free until Actions::resume names it.
  void on_wait(StepRef ref, std::uint32_t port, Moment now, Actions& actions);
  /// True from on_wait until the step is named by Actions::resume, or ends.
  bool is_waiting(StepRef ref) const { return waiting_.contains(ref); }
  std::int32_t waiting() const { return narrow<std::int32_t>(waiting_.size()); }
  /// An attempt ended. Of an attempt that is not the running one, nothing is taken.
  void on_ended(StepRef ref, std::int32_t attempt, StepResult result, Moment now, Actions& actions);
  /// A running step waits for a process or thread that the system does not give now: until
  /// on_go(), its time does not count.
  void on_hold(StepRef ref) { held_.insert(ref); }
  void on_go(StepRef ref, Moment now, Actions& actions);
  /// A timer that was asked for is due.
  void on_timer(StepRef ref, std::int32_t attempt, Moment now, Actions& actions);
  /// All hooks that were asked for have been called.
  void on_hooks_ended(StepRef ref, Moment now, Actions& actions);
  /// Somebody asked the run to stop.
  void on_cancel(std::string by, Moment now, Actions& actions);

  /// True when every step and hook ended, or the run was canceled and none runs.
  bool finished() const { return finished_; }
  RunStatus status() const { return status_; }
  const StepCounts& counts() const { return counts_; }
  const std::vector<std::string>& failed_steps() const { return failed_steps_; }
  const Error& first_error() const { return first_error_; }
  /// Of a run that failed: whose fault it is, and what kind.
  const FailureKind& failure_kind() const { return failure_kind_; }
  /// Failed steps that do not count since their items were dropped or discarded.
  std::int64_t dropped_failures() const {
    return std::int64_t(excused_.size()) + plan_.earlier_failures - known_failures_;
  }
  /// Whether the end of an attempt would count, if it succeeded now; else why not.
  Status check_counts(StepRef ref, std::int32_t attempt, Moment now) const;
  /// Whether an item that a running step is about to yield will be taken: false when an earlier
  /// attempt gave it, or nobody wants it any more. UserFailure when on_yield() would refuse it.
  Result<bool> wants_item(StepRef ref, std::uint32_t port, const std::string& key);
  std::int32_t running() const { return narrow<std::int32_t>(running_.size()); }
  /// Attempts that were stopped because the run was canceled.
  std::int64_t interrupted() const { return interrupted_; }
  const Admission& admission() const { return admission_; }
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
    std::uint64_t bytes_in = 0, bytes_out = 0;  // of the values it was given and has yielded
  };

  /// How a step ended, whatever ended it.
  struct Ending {
    StepState state = StepState::Success;
    std::optional<EventBody> event = {};  // nothing: the log has it already
    LogLevel level = LogLevel::Info;
    HookFacts facts = {};    // for the hooks of a success or failure
    FailureKind kind = {};   // of a failure
    bool is_known = false;   // an earlier run had it: no hooks are called
    bool is_reused = false;  // counts as reused, whatever the state
  };
  /// What follows a failed attempt, when another one does.
  struct Retry {
    Micros delay{0};
    std::string reason;
    std::uint64_t memory = 0;  // bytes that it will reserve, where that changed
    bool has_timer = true;     // else another member of its unit has
  };

  /// An output of one copy of a step.
  struct Side {
    StepRef ref;
    std::uint32_t port = 0;
  };
  /// A step that waits before it yields.
  struct Waiting {
    std::uint32_t port = 0;
    bool queued = false;  // to go on
  };
  /// What a zip or product has heard of its sides.
  struct JoinState {
    std::map<std::string, std::vector<std::uint32_t>> keys;  // zip: copies per side; kNoCopy: none
    std::vector<std::vector<std::uint32_t>> ended;           // product: copies per side
    // zip: sides that gave a key in an attempt, and not in the one that counts
    std::map<std::string, std::set<std::size_t>> withdrawn;
  };
  /// A reduction of the items of one group.
  struct ReduceState {
    ReduceState(std::uint32_t fan_in, bool is_early) : tree(fan_in), early(is_early) {}
    ReduceTree tree;
    bool early = false;    // values are combined before all items are known
    bool started = false;  // some were combined, or are being combined
    std::map<std::uint32_t, ReduceTree::Part> running;  // by copy
    std::uint32_t failed = 0;                           // leaves
    std::optional<Arrival> lost;                        // how a part ended that gave no value
  };

  // readiness
  void open_copy(std::uint32_t scope, std::uint32_t copy);
  void count_sources(StepRef ref);
  void arrive(StepRef reader, Arrival arrival);
  static void count_arrival(Slot& slot, Arrival arrival);
  Arrival item_arrival(StepRef reader, const PlannedSource& source);
  void decide(StepRef ref);
  void make_ready(StepRef ref);
  bool should_run(StepRef ref) const;
  std::vector<StepRef> failed_sources(StepRef ref);
  void add_failed_copies(const PlannedSource& source, std::uint32_t parent,
                         std::vector<StepRef>& failed);

  // endings
  void end(StepRef ref, Ending ending);
  void end_canceled(StepRef ref, std::string by, bool started, LogLevel level = LogLevel::Info);
  void cancel_waiting(bool all);
  void count_end(StepRef ref, const Ending& ending);
  void leave_out(StepRef ref);
  StepSkipped why_skipped(StepRef ref);
  std::optional<Side> skipped_source(StepRef ref, const Incoming& incoming);
  std::string input_name(StepRef ref, const PlannedSource& source) const;
  void settle_stop();
  void drain();
  void tell_readers(StepRef ref);
  void complete_groups(StepRef ref);
  void tell_gatherers(const PlannedSource& source, std::uint32_t parent);
  void item_ended(StepRef ref);
  void tell_if_collected(std::uint32_t step, std::uint32_t parent);
  void leave(StepRef ref);
  void finish_group(std::uint32_t scope, std::uint32_t parent);
  void hear(const PlannedSource& source, std::uint32_t parent, std::uint32_t copy, Arrival arrival);

  // items
  std::uint32_t add_item(std::uint32_t scope, std::uint32_t parent, std::string key, HeldValue held,
                         const std::vector<std::uint32_t>& sides = {});
  std::uint32_t readers_of_items(std::uint32_t scope) const;
  std::uint32_t gatherers_ended(std::uint32_t scope, std::uint32_t parent) const;
  void item_done(std::uint32_t scope, std::uint32_t parent);
  void settle_manifest(StepRef ref, std::uint32_t port);
  void discard(std::uint32_t scope, std::uint32_t copy, const std::string& by);
  void discard_step(StepRef ref, const std::string& by);
  void end_discarded(StepRef ref);
  void lift_a_bound();
  void queue_to_resume(StepRef ref);
  bool is_queued_to_resume(StepRef ref) const {
    const auto at = waiting_.find(ref);
    return at != waiting_.end() && at->second.queued;
  }
  Claims claims_to_resume(StepRef ref) const;
  void stop_waiting(StepRef ref);

  // collecting
  Arrival collected(const PlannedSource& source, std::uint32_t parent, StepRef reader,
                    std::uint32_t may_fail);
  bool causes_inside(StepRef ref, std::uint32_t scope, std::set<StepRef>& seen,
                     std::vector<StepRef>& causes);
  bool nothing_failed() const;
  void note_completed(std::uint32_t step, std::uint32_t parent, std::uint32_t copy);
  std::vector<std::uint32_t> copies_to_gather(const PlannedSource& source, std::uint32_t parent,
                                              const CollectOptions& options);
  const Value& value_at(const PlannedSource& source, std::uint32_t copy) const;

  // joining
  void join_hears(StepRef join, const PlannedSource& source, std::uint32_t copy);
  void join_key(StepRef join, std::size_t side, const std::string& key, std::uint32_t copy);
  void join_choices(StepRef join, std::size_t side, std::uint32_t copy);
  void make_joined(StepRef join, std::string key, const std::vector<std::uint32_t>& sides);
  void sort_joined(StepRef join);
  void end_join(StepRef join);
  Status unmatched(StepRef join) const;
  void release_sides(StepRef join);
  /// The copy of a side that an item of a join was made of.
  std::uint32_t side_of(std::uint32_t join, std::uint32_t copy, std::size_t side) const {
    return sides_[slots_.scope_of({join, 0})][copy * plan_.steps[join].inputs.size() + side];
  }
  void discard_joined(std::uint32_t scope, std::uint32_t copy, const std::string& by);
  void withdraw_key(StepRef zip, std::size_t side, std::uint32_t copy, bool was_joined);
  std::optional<Side> side_step(StepRef reader, const PlannedSource& source) const;

  // reducing
  bool reduces_early(const PlannedReduce& reduce) const;
  ReduceState& reduce_state(const PlannedReduce& reduce, std::uint32_t parent);
  void reduce_late(std::uint32_t scope, std::uint32_t parent);
  Status check_reduced(StepRef maker);
  void reduce_hears(const PlannedReduce& reduce, std::uint32_t parent, std::uint32_t copy,
                    Arrival arrival);
  void leaves_ended(const PlannedReduce& reduce, std::uint32_t parent);
  void part_ended(StepRef ref);
  void start_parts(const PlannedReduce& reduce, std::uint32_t parent);
  void tell_root(const PlannedReduce& reduce, std::uint32_t parent);
  TaskInput reduce_input(StepRef ref, const PlannedInput& input);
  void release_node(const PlannedReduce& reduce, const ReduceTree::Node& node);
  void release_rest(StepRef root);

  // units
  struct UnitRun {
    Claims claims;
    std::vector<std::optional<StepResult>> results;  // per member
    std::optional<StepRef> broken;                   // the first that did not succeed
    bool is_cause = false;                           // by itself, not since others were stopped
  };
  StepRef leader_of(StepRef member) const;
  std::vector<StepRef> members_of(StepRef member) const;
  Claims unit_claims(StepRef member);
  void decide_unit(StepRef member);
  void make_unit_ready(StepRef member);
  void start_unit(const ReadyStep& ready);
  void unit_member_ended(StepRef member, StepResult result);
  void end_unit(StepRef member, UnitRun unit);
  void fail_unit(StepRef member, UnitRun& unit);
  void retry_now(StepRef ref);

  // values
  void hold_outputs(StepRef ref, std::vector<Value> outputs);
  void hold_output(StepRef ref, std::uint32_t port, Value value, std::uint64_t bytes);
  std::uint32_t readers_of(StepRef ref, std::uint32_t port);
  bool gathers_no_more(const PlannedReader& reader, std::uint32_t parent) const;
  bool hears_no_more(StepRef ref) const;
  void release_inputs(StepRef ref);
  void release(HeldValue& held);
  void forget(HeldValue& held);
  void release_copy(const PlannedSource& source, std::uint32_t copy);
  void release_output(StepRef ref, std::uint32_t port);
  void need_inputs(StepRef reader);
  void need(const PlannedSource& source, std::uint32_t copy);
  void need_sides(std::uint32_t join, std::uint32_t copy);
  void hand_out(const PlannedSource& source, std::uint32_t copy, const Value& value);

  // what an earlier run has done
  void recall(StepRef ref);
  void end_as_known(StepRef ref);
  Ending known_ending(const ReusedStep& known) const;
  void hold_reused(StepRef ref, const ReusedStep& reused);
  void open_reused(StepRef ref, const ReusedStep::Item& item);
  void count_loaded(HeldValue& held);
  void count_loaded(const PlannedSource& source, std::uint32_t copy);
  const ReusedStep* known_join(StepRef join) const;
  static Value loaded(const Value& value);
  std::uint64_t bytes_to_load(StepRef ref);

  // starting
  void admit();
  Claims claims_of(StepRef ref);
  StepRank rank_of(StepRef ref) const;
  Micros remaining_of(std::uint32_t step) const;
  void refuse(StepRef ref, const Claims& claims, Error why);
  void tell_blocked(const BlockedStep& blocked);
  std::vector<std::string> holders_of(
      const std::function<std::int64_t(const Running&)>& share) const;
  std::int32_t free_lane() const;
  void start_step(const ReadyStep& ready);
  StepTask begin_attempt(StepRef ref, const Claims& claims);
  std::uint32_t rank_of_depth(std::uint32_t step) const;
  std::vector<TaskInput> inputs_of(StepRef ref);
  TaskInput input_of(StepRef ref, const PlannedInput& input);
  const Value& value_of(const PlannedSource& source, StepRef reader);
  HeldValue* held_of(const PlannedSource& source, std::uint32_t copy);
  std::uint64_t estimate(StepRef ref);
  void begin(Moment now, Actions& actions);
  void set_limit(Micros limit, StepRef ref, std::int32_t attempt);
  static Arrival arrival_of(const Slot& slot, std::uint32_t port);

  // results
  const Running* running_at(StepRef ref) const;
  Running take_back(StepRef ref);
  bool is_late(StepRef ref, Moment now) const;
  void judge(StepRef ref, StepResult& result);
  void succeed(const Running& ended, StepResult result);
  void fail(const Running& ended, StepResult result);
  StepFailure failure_of(StepRef ref, StepResult result);
  void fail_or_retry(StepRef ref, StepFailure failure, std::optional<Retry> retry);
  void end_failed(StepRef ref, StepFailure failure);
  std::optional<Retry> retry_of(StepRef ref, const StepFailure& failure, const RetryWish& wish);
  std::optional<Retry> retry_with_more(const Running& ended, const StepFailure& failure);
  void try_again(StepRef ref, Retry retry);
  void note_kind(const FailureKind& kind);
  void note_failure(const std::string& key, Error error);
  void stop_run(std::string by);
  void stop_if_too_late();
  void finish(RunStatus status);
  void call_hooks(StepRef ref, HookDef::When when, HookFacts facts);
  HookFacts facts_of(std::size_t first_event) const;
  void settle();
  void emit(EventBody body, LogLevel level = LogLevel::Info);
  void emit(StepRef ref, EventBody body, LogLevel level = LogLevel::Info);
  void emit_complete(StepRef ref, std::uint32_t port, Metadata metadata);
  void emit_output(StepRef ref, const OutputDef& output, const Value& value, Metadata metadata,
                   std::string mapping_key = {});

  const RunPlan& plan_;
  RunId run_;
  RunLimits limits_;
  RunSlots slots_;
  std::mt19937_64 random_;
  StepCosts costs_;
  Admission admission_;
  std::map<StepRef, Error> refused_;   // of ready steps: why their estimate of memory failed
  std::map<StepRef, Claims> raised_;   // of steps that were killed for want of memory
  std::set<StepRef> hooking_;          // steps whose hooks are being called
  std::vector<Running> running_;
  std::deque<StepRef> ended_;  // endings whose readers were not told yet
  std::uint64_t held_bytes_ = 0;
  StepCounts counts_;
  std::int64_t open_steps_ = 0;  // slots that have not ended
  std::int64_t retries_waiting_ = 0;
  std::int64_t interrupted_ = 0;
  std::vector<std::string> failed_steps_;
  Error first_error_;
  FailureKind failure_kind_{};
  Instant started_;
  bool is_out_of_time_ = false;
  RunStatus status_ = RunStatus::Started;
  bool finished_ = false;
  std::string canceled_by_;
  std::set<StepRef> timed_out_;  // asked to stop because of their time limit
  std::set<StepRef> held_;       // wait for the system: see on_hold()
  std::map<StepRef, Waiting> waiting_;
  std::set<StepRef> may_exceed_;  // may yield once more than max_in_flight allows
  std::set<StepRef> exceeded_;    // of which the log says so
  std::set<StepRef> excused_;     // failed steps of items that were dropped or discarded
  std::map<std::string, std::int32_t> unended_;  // of RunPlan::unended, those that did not come up
  std::int64_t known_failures_ = 0;              // of RunPlan::earlier_failures, those that came up
  std::set<std::pair<std::uint32_t, std::uint32_t>> dropped_;   // items: scope and copy
  std::map<StepRef, std::string> too_many_failed_;              // why a reader does not run
  std::map<StepRef, std::vector<std::uint32_t>> as_completed_;  // by template and parent copy
  std::map<StepRef, JoinState> joins_;
  std::vector<std::vector<std::uint32_t>> sides_;  // per scope of a join: copies, side by side
  std::map<StepRef, ReduceState> reduces_;         // by root
  std::map<StepRef, UnitRun> units_;               // that run, by their first member
  Moment now_;
  Actions* actions_ = nullptr;
};

}  // namespace penstock

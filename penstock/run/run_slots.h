// The state of a run in memory: slots of steps, the items of dynamic outputs, the values between.
//
// Templates and copies are small integers; a slot costs some 60 bytes, so that a map over a million
// items fits. Only the reactor changes this state.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "penstock/base/narrow.h"
#include "penstock/model/port_set.h"
#include "penstock/plan/run_plan.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// Where a step is.
///
///   Waiting ─> Ready ─> Running ─> Success | Failed | Skipped | Canceled
///      │         ▲         └─> RetryWait ─> Ready
///      ├─> Skipped | UpstreamFailed | Canceled, without running
///      └─> Known ─> Reused | Skipped | Failed | UpstreamFailed, as an earlier run has it
enum class StepState : std::uint8_t {
  Waiting,
  Ready,
  Running,
  RetryWait,
  Known,  ///< an earlier run has done it: it ends as soon as everything beside it is there
  Success,
  Reused,
  Failed,
  Skipped,
  UpstreamFailed,
  Canceled
};
inline bool is_ended(StepState state) { return state >= StepState::Success; }
inline bool is_success(StepState state) {
  return state == StepState::Success || state == StepState::Reused;
}

/// How a source ended, seen from a reader.
enum class Arrival : std::uint8_t { Good, Failed, Skipped };

/// A value that waits for its readers.
struct HeldValue {
  Value value;
  std::uint64_t bytes = 0;
  std::uint32_t readers = 0;
  bool is_needed = false;  ///< it is to be stored, or was: see NeededValue
};

/// One copy of a step.
struct Slot {
  StepState state = StepState::Waiting;
  bool told = false;  ///< it ended, and its readers were told
  std::int32_t attempt = 0;
  std::uint32_t pending = 0;  ///< sources that have not ended
  std::uint32_t good = 0, failed = 0, skipped = 0;
  PortSet produced;                      ///< outputs that have a value
  std::unique_ptr<HeldValue[]> outputs;  ///< per output; null when there is none to hold
  Instant since;                         ///< when it became ready, or started
};

/// One item of a dynamic output: a copy of everything that is mapped over it.
struct Item {
  std::uint32_t parent = 0;  ///< copy of the scope outside
  std::uint64_t live = 0;    ///< steps inside that have not ended, at any depth
  std::string key;
  HeldValue held;
};

/// A key of a dynamic output that is not complete.
struct YieldedKey {
  std::uint32_t copy = 0;
  std::int32_t attempt = 0;  ///< that gave it last
  std::int32_t first = 0;    ///< attempt that gave it first
};

/// All items of one copy of a dynamic output.
struct Group {
  std::vector<std::uint32_t> copies;  ///< in the order in which they were yielded
  std::vector<std::uint32_t> again;   ///< of these and new ones, what a later attempt yielded
  std::unordered_map<std::string, YieldedKey> keys;
  Arrival outcome = Arrival::Good;  ///< how the op that yields them ended
  bool complete = false;
  std::uint32_t in_flight = 0;        ///< items with steps that have not ended
  std::uint64_t live = 0;             ///< steps inside that have not ended, at any depth
  std::vector<std::uint32_t> ended;   ///< per template of the scope: copies that have
  std::vector<std::uint32_t> failed;  ///< of these, how many failed
  bool finished() const { return complete && live == 0; }
};

/// A source of a template, from the reader's side.
struct Incoming {
  PlannedSource source;
  PlannedReader::Kind kind = PlannedReader::Kind::Same;
  std::uint32_t drop_failed = 0;
};

/// A value from outside that is read inside a scope: held until the items inside are all done.
struct Broadcast {
  PlannedSource source;
};

/// Whether a reader of this kind stands outside the items and hears of all of them, or combines
/// them in a scope beside.
inline bool is_gathering(PlannedReader::Kind kind) { return kind >= PlannedReader::Kind::Collect; }

/// The tables that a plan gives, and the slots of one run.
class RunSlots {
 public:
  explicit RunSlots(const RunPlan& plan);

  const RunPlan& plan() const { return plan_; }
  Slot& slot(StepRef ref) { return slots_[ref.step][ref.copy]; }
  const Slot& slot(StepRef ref) const { return slots_[ref.step][ref.copy]; }
  Item& item(std::uint32_t scope, std::uint32_t copy) { return items_[scope][copy]; }
  const Item& item(std::uint32_t scope, std::uint32_t copy) const { return items_[scope][copy]; }
  /// How many copies a template has so far.
  std::uint32_t copies(std::uint32_t step) const {
    return narrow<std::uint32_t>(slots_[step].size());
  }
  /// How many copies a scope has so far.
  std::uint32_t copies_in(std::uint32_t scope) const {
    return narrow<std::uint32_t>(items_[scope].size());
  }
  /// The items that scope `scope` has under copy `parent` of the scope outside it.
  Group& group(std::uint32_t scope, std::uint32_t parent);
  /// Templates that stand in a scope, in plan order.
  const std::vector<std::uint32_t>& templates(std::uint32_t scope) const {
    return templates_[scope];
  }
  /// Scopes directly inside a scope.
  const std::vector<std::uint32_t>& inner(std::uint32_t scope) const { return inner_[scope]; }
  const std::vector<Incoming>& incoming(std::uint32_t step) const { return incoming_[step]; }
  const std::vector<Broadcast>& broadcasts(std::uint32_t scope) const { return broadcasts_[scope]; }
  /// A template's position among those of its scope.
  std::uint32_t rank(std::uint32_t step) const { return rank_[step]; }
  /// The scope whose items an output gives.
  std::uint32_t scope_of(const PlannedSource& source) const {
    return item_scopes_[source.step][source.port];
  }
  /// True for an output that gives items.
  bool is_dynamic(const PlannedSource& source) const { return scope_of(source) != 0; }
  /// The scope whose copies give the values of a source.
  std::uint32_t copies_of(const PlannedSource& source) const {
    return is_dynamic(source) ? scope_of(source) : plan_.steps[source.step].scope;
  }
  /// True when somebody gathers what a step gives in the order in which its copies end.
  bool wants_order(const PlannedSource& source) const { return wants_order_[source.step]; }
  /// The reduction that a step is part of, or null.
  const PlannedReduce* reduce_of(std::uint32_t step) const { return reduces_[step]; }

  /// Add a copy to a scope (waiting slots for all its templates); returns its index.
  std::uint32_t add_copy(std::uint32_t scope, std::uint32_t parent, std::string key,
                         HeldValue held);
  /// The copy of `outer` that contains copy `copy` of `scope`.
  std::uint32_t ancestor(std::uint32_t scope, std::uint32_t copy, std::uint32_t outer) const;
  /// Call visit(copy) for every copy of `scope` inside copy `copy` of `outer`.
  template <class F>
  void descendants(std::uint32_t outer, std::uint32_t copy, std::uint32_t scope, F&& visit);
  /// Note that a later attempt of the producer did not give an item.
  void mark_discarded(std::uint32_t scope, std::uint32_t copy) { discarded_.emplace(scope, copy); }
  bool is_marked(std::uint32_t scope, std::uint32_t copy) const {
    return !discarded_.empty() && discarded_.contains({scope, copy});
  }
  /// True when the copy, or one that contains it, was discarded.
  bool is_discarded(std::uint32_t scope, std::uint32_t copy) const;
  /// `state_year.extract[ID2017]`.
  std::string key(StepRef ref) const;
  std::vector<std::string> map_keys(std::uint32_t scope, std::uint32_t copy) const;

 private:
  void find_scopes();

  const RunPlan& plan_;
  std::vector<std::vector<Slot>> slots_;    // per template, per copy
  std::vector<std::vector<Item>> items_;    // per scope, per copy
  std::vector<std::vector<Group>> groups_;  // per scope, per copy of its parent
  std::vector<std::vector<std::uint32_t>> templates_, inner_;
  std::vector<std::vector<Incoming>> incoming_;
  std::vector<std::vector<Broadcast>> broadcasts_;
  std::vector<std::uint32_t> rank_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> discarded_;  // scope and copy
  std::vector<std::vector<std::uint32_t>> item_scopes_;  // per template and output; 0: no items
  std::vector<const PlannedReduce*> reduces_;            // per template
  std::vector<bool> wants_order_;                        // per template
};

template <class F>
void RunSlots::descendants(std::uint32_t outer, std::uint32_t copy, std::uint32_t scope,
                           F&& visit) {
  if (scope == outer) return visit(copy);
  std::vector<std::uint32_t> way;  // scopes from the one below `outer` down to `scope`
  for (auto at = scope; at != outer; at = plan_.scopes[at].parent) way.push_back(at);
  std::vector<std::uint32_t> copies{copy};
  for (auto at = way.rbegin(); at != way.rend(); ++at) {
    std::vector<std::uint32_t> next;
    for (const auto parent : copies) {
      const auto& in_group = group(*at, parent).copies;
      next.insert(next.end(), in_group.begin(), in_group.end());
    }
    copies = std::move(next);
  }
  for (const auto at : copies) visit(at);
}

}  // namespace penstock

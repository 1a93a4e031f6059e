// Which ready step may start now: the order of the ready ones, and what running steps have claimed.
//
// All that a step claims is taken in one act and given back in one, so steps never wait for each
// other. Part of the reactor: no clock, no threads; the same calls give the same answers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "penstock/base/result.h"
#include "penstock/run/ready_queue.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// What there is to claim.
struct AdmissionLimits {
  std::int64_t slots = 1;                ///< CPU slots
  bool serial = false;                   ///< one step at a time, whatever slots it wants
  std::uint64_t memory = 0;              ///< bytes for reservations and held values; 0: no limit
  std::vector<std::int64_t> pools = {};  ///< of RunPlan::pools; 0: no limit
  /// How often others may start before a ready step that they keep from starting.
  std::int64_t max_overtakes = 32;
};

/// What one running step occupies.
struct Claims {
  std::int64_t slots = 1;
  std::uint64_t memory = 0;                  ///< bytes
  bool alone = false;                        ///< nothing else runs beside it
  std::span<const PlannedClaim> pools = {};  ///< of the plan, which outlives them
};

/// A step that waits for nothing but what it claims.
struct ReadyStep {
  StepRank rank;
  Claims claims = {};
};

/// A ready step that has to wait, and for what.
struct BlockedStep {
  ReadyStep step;
  std::optional<std::uint32_t> pool = {};  ///< of RunPlan::pools; nothing: slots or memory
};

/// The ready steps, and which of them may start.
///
/// Whatever fits starts, in the order of ranks. The one exception keeps a step from waiting for
/// ever: when others have overtaken it max_overtakes times, and it lacks nothing but what such
/// steps hold, then those behind it leave free what it needs.
///
/// Nothing has to wake a waiting step: next() looks at all of them, by kinds. Steps of one kind
/// claim the same but for memory, and a kind finds its first step that fits without trying others.
class Admission {
 public:
  explicit Admission(AdmissionLimits limits)
      : limits_(std::move(limits)), used_of_pool_(limits_.pools.size()) {}

  /// What such a step could ever have; Exhausted, with what to change, when it wants more.
  Status check(const Claims& claims) const;
  /// Queue a ready step.
  void add(const ReadyStep& ready);
  /// A step that add() got starts no more; false when it was not queued.
  bool remove(const StepRank& rank);
  /// The next step that may start; what it claims is taken. `held` bytes are taken by values.
  std::optional<ReadyStep> next(std::uint64_t held);
  /// Take claims for what starts without waiting, such as the hooks of a step.
  void take(const StepRank& rank, const Claims& claims);
  /// What next() returned, or take() took, has ended, whether or not it was paused.
  void release(StepRef ref);
  /// A step that next() returned waits: its slots and pools are free, its memory is not. It is
  /// added once more, with its slots and pools as claims, when it may continue.
  void pause(StepRef ref);
  /// Steps that have to wait although a slot is free, each reported once: of those that lack
  /// something, the first that lacks slots or memory, and the first that lacks some of each pool.
  std::vector<BlockedStep> take_blocked(std::uint64_t held);
  /// How much of a pool that has a limit is free.
  std::int64_t free_of_pool(std::uint32_t pool) const {
    return limits_.pools[pool] - used_of_pool_[pool];
  }
  /// Bytes that are free beside reservations and `held`.
  std::uint64_t free_memory(std::uint64_t held) const;
  bool has_slots_for(const Claims& claims) const {
    return slots_of(claims) <= free_slots();
  }
  std::int64_t free_slots() const { return limits_.slots - used_.slots; }

  std::int64_t used_slots() const { return used_.slots; }
  std::uint64_t reserved() const { return used_.memory; }
  /// Call visit(ready) for every step that waits.
  template <class F>
  void each_waiting(F&& visit) const {
    for (const auto& kind : kinds_)
      kind.queue.each([&](const QueuedStep& step) { visit(ready_of(kind, step)); });
  }

 private:
  /// Steps that claim the same but for memory.
  struct Kind {
    Claims claims;  // without memory
    ReadyQueue queue;
  };
  struct Holding {
    StepRank rank;
    Claims claims;
    std::uint64_t since = 0;  // as QueuedStep::since
    bool paused = false;
  };
  /// A step that waits long enough for those behind it to leave free what it needs.
  struct DueStep {
    StepRank rank;
    Claims claims;
  };

  static ReadyStep ready_of(const Kind& kind, const QueuedStep& step);
  Kind& kind_of(const Claims& claims);
  std::vector<DueStep> due_steps(std::uint64_t held);
  const QueuedStep* first_that_may_start(const Kind& kind, const std::vector<DueStep>& due,
                                         std::uint64_t held) const;
  bool fits_without_memory(const Claims& claims) const;
  bool is_over_budget(std::uint64_t held) const;
  bool lacks_only_what_overtakers_hold(const Claims& claims, const QueuedStep& step,
                                       std::uint64_t held) const;
  bool keeps_waiting(const Claims& start, const Claims& due) const;
  std::uint64_t memory_left_by(const Claims& due, std::uint64_t available) const;
  std::uint64_t available_memory(std::uint64_t held) const;
  void count_overtakes(const ReadyStep& start, std::uint64_t held);
  void take_pools(const Claims& claims, std::int64_t sign);
  std::optional<std::uint32_t> missing_pool(const Claims& claims) const;
  std::int64_t slots_of(const Claims& claims) const { return limits_.serial ? 1 : claims.slots; }

  AdmissionLimits limits_;
  std::vector<Kind> kinds_;
  std::map<StepRef, Holding> holdings_;
  Claims used_{0, 0, false};  // alone: something runs that must be alone
  std::vector<std::int64_t> used_of_pool_;
  std::int32_t running_ = 0;   // holdings that are not paused
  std::uint64_t counter_ = 0;  // of queued and started steps
};

}  // namespace penstock

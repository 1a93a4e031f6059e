// Which ready step may start now: the order of the ready ones, and what running steps have claimed.
//
// All that a step claims is taken in one act and given back in one, so steps never wait for each
// other. Part of the reactor: no clock, no threads; the same calls give the same answers.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "penstock/base/result.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// What there is to claim.
struct AdmissionLimits {
  std::int64_t slots = 1;                ///< CPU slots
  bool serial = false;                   ///< one step at a time, whatever slots it wants
  std::uint64_t memory = 0;              ///< bytes for reservations and held values; 0: no limit
  std::vector<std::int64_t> pools = {};  ///< of RunPlan::pools; 0: no limit
};

/// What one running step occupies.
struct Claims {
  std::int64_t slots = 1;
  std::uint64_t memory = 0;                  ///< bytes
  bool alone = false;                        ///< nothing else runs beside it
  std::span<const PlannedClaim> pools = {};  ///< of the plan, which outlives them
};

/// A step that waits for nothing but room.
struct ReadyStep {
  StepRef ref;
  std::int32_t priority = 0;
  std::uint32_t depth = 0;
  Micros remaining{0};  ///< longest measured way to the end of the run; 0: not known
  Claims claims = {};
  bool is_told = false;  ///< that it has to wait

  /// Later in the queue: lower priority, less deep, less to do behind it, younger copy, later in
  /// the plan.
  friend bool operator<(const ReadyStep& a, const ReadyStep& b) {
    if (a.priority != b.priority) return a.priority < b.priority;
    if (a.depth != b.depth) return a.depth < b.depth;
    if (a.remaining != b.remaining) return a.remaining < b.remaining;
    if (a.ref.copy != b.ref.copy) return a.ref.copy > b.ref.copy;
    return a.ref.step > b.ref.step;
  }
};

/// A ready step that has to wait, and for what.
struct BlockedStep {
  ReadyStep step;
  std::optional<std::uint32_t> pool = {};  ///< of RunPlan::pools; nothing: slots or memory
};

/// The queue of ready steps, and who may leave it.
///
/// A step that does not fit is passed over by those behind it that do, but only so many times:
/// then nothing else starts until it fits. One that a pool is too short for waits in the queue of
/// that pool, where it is in nobody's way; within a pool nobody overtakes, so that who wants much
/// is not starved by those that want little.
class Admission {
 public:
  explicit Admission(AdmissionLimits limits)
      : limits_(std::move(limits)),
        used_of_pool_(limits_.pools.size()),
        wait_for_pool_(limits_.pools.size()) {}

  /// What such a step could ever have; Exhausted, with what to change, when it wants more.
  Status check(const Claims& claims) const;
  void add(ReadyStep step);
  /// Begin to look for steps that may start: all that were passed over are looked at again.
  void begin();
  /// The next step that may start; what it claims is taken. `held` bytes are taken by values.
  std::optional<ReadyStep> next(std::uint64_t held);
  /// Take claims for what begins without waiting, such as the hooks of a step.
  void take(const Claims& claims);
  /// What next() gave, or take() took, has ended.
  void release(const Claims& claims);
  /// A step that next() gave goes on later: its slots and pools are free, its memory is not. It
  /// is added once more, with its slots and pools as claims, when it may.
  void pause(const Claims& claims);
  /// A paused step has ended.
  void release_paused(const Claims& claims) { used_.memory -= claims.memory; }
  /// A step that has to wait although a slot was free for it, once: the first that does not fit,
  /// and the first in the queue of each pool. Nothing when there is none more.
  std::optional<BlockedStep> blocked();
  /// How much of a pool that has a limit nobody has.
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

 private:
  bool wait_for_pool(const ReadyStep& step);
  void take_pools(const Claims& claims, std::int64_t sign);
  std::optional<BlockedStep> blocked_by_pool();
  bool fits(const Claims& claims, std::uint64_t held) const;
  std::int64_t slots_of(const Claims& claims) const { return limits_.serial ? 1 : claims.slots; }

  AdmissionLimits limits_;
  std::priority_queue<ReadyStep> ready_;
  std::vector<ReadyStep> passed_over_;  // ready, but did not fit when it was their turn
  Claims used_{0, 0, false};            // alone: something runs that must be alone
  std::vector<std::int64_t> used_of_pool_;
  std::vector<std::priority_queue<ReadyStep>> wait_for_pool_;  // ready, but the pool is short
  std::vector<std::uint32_t> changed_pools_;  // with queues, since blocked() looked
  std::int32_t running_ = 0;
  std::int64_t overtakes_ = 0;  // starts since the first of passed_over_ had to wait
};

}  // namespace penstock

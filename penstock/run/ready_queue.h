// Ready steps in the order in which they start, searchable by the memory that they need.
//
// A balanced search tree (a treap) whose nodes know the least memory below them. That finds the
// first step which fits into the free memory in logarithmic time, however many wait before it.
#pragma once

#include <cstdint>
#include <vector>

#include "penstock/base/clock.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// The place of a step among the ready ones.
struct StepRank {
  StepRef ref;
  std::int32_t priority = 0;
  std::uint32_t depth = 0;
  Micros remaining{0};  ///< longest measured way to the end of the run; 0: not known

  /// Higher priority first, then the deeper step, the longer remaining way, the older mapped step,
  /// the earlier step of the plan.
  friend bool goes_before(const StepRank& a, const StepRank& b) {
    if (a.priority != b.priority) return a.priority > b.priority;
    if (a.depth != b.depth) return a.depth > b.depth;
    if (a.remaining != b.remaining) return a.remaining > b.remaining;
    if (a.ref.copy != b.ref.copy) return a.ref.copy < b.ref.copy;
    return a.ref.step < b.ref.step;
  }
};

/// A step in a ReadyQueue.
struct QueuedStep {
  StepRank rank;
  std::uint64_t memory = 0;    ///< bytes that it needs
  std::uint64_t since = 0;     ///< when it was queued, as a count of queued and started steps
  std::int64_t overtakes = 0;  ///< steps behind it that started and took what it lacked
  bool is_reported = false;    ///< that it has to wait
};

/// Ready steps, ordered by rank. Pointers to steps are valid until the next add() or remove().
class ReadyQueue {
 public:
  bool empty() const { return root_ == kNone; }
  void add(QueuedStep step);
  /// Remove the step of this rank; false when it is not here.
  bool remove(const StepRank& rank);
  /// The step that goes before all others; null when there is none.
  QueuedStep* first();
  /// The first step that needs at most so much memory; null when there is none.
  const QueuedStep* first_within(std::uint64_t memory) const;
  /// Call visit(step) for each step, in no particular order.
  template <class F>
  void each(F&& visit) const {
    std::vector<std::uint32_t> open(root_ == kNone ? 0 : 1, root_);
    while (!open.empty()) {
      const auto& node = nodes_[open.back()];
      open.pop_back();
      visit(node.step);
      for (const auto below : {node.before, node.behind})
        if (below != kNone) open.push_back(below);
    }
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Node {
    QueuedStep step;
    std::uint64_t least = 0;  // memory, of this step and all below
    std::uint32_t weight = 0;
    std::uint32_t before = kNone, behind = kNone;
  };

  std::uint64_t least_of(std::uint32_t node) const {
    return node == kNone ? std::uint64_t(-1) : nodes_[node].least;
  }
  void update(std::uint32_t node);
  std::uint32_t join(std::uint32_t before, std::uint32_t behind);
  void split(std::uint32_t node, const StepRank& rank, std::uint32_t& before,
             std::uint32_t& behind);
  std::uint32_t insert(std::uint32_t node, std::uint32_t added);
  std::uint32_t erase(std::uint32_t node, const StepRank& rank, bool& found);

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> unused_;
  std::uint32_t root_ = kNone;
  std::uint32_t weight_ = 1;
};

}  // namespace penstock

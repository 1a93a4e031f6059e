#include "penstock/run/ready_queue.h"

#include <algorithm>
#include <utility>

#include "penstock/base/narrow.h"

namespace penstock {

// The recursion below is as deep as the tree: some 2 log2(n) levels, as weights look random.

void ReadyQueue::add(QueuedStep step) {
  std::uint32_t node = 0;
  if (unused_.empty()) {
    node = narrow<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  } else {
    node = unused_.back();
    unused_.pop_back();
  }
  weight_ ^= weight_ << 13, weight_ ^= weight_ >> 17, weight_ ^= weight_ << 5;  // xorshift
  nodes_[node] = {std::move(step), 0, weight_};
  update(node);
  root_ = insert(root_, node);
}

bool ReadyQueue::remove(const StepRank& rank) {
  bool found = false;
  root_ = erase(root_, rank, found);
  return found;
}

QueuedStep* ReadyQueue::first() {
  if (root_ == kNone) return nullptr;
  auto node = root_;
  while (nodes_[node].before != kNone) node = nodes_[node].before;
  return &nodes_[node].step;
}

const QueuedStep* ReadyQueue::first_within(std::uint64_t memory) const {
  auto node = root_;
  while (node != kNone && nodes_[node].least <= memory) {
    const auto before = nodes_[node].before;
    if (before != kNone && nodes_[before].least <= memory)
      node = before;
    else if (nodes_[node].step.memory <= memory)
      return &nodes_[node].step;
    else
      node = nodes_[node].behind;
  }
  return nullptr;
}

void ReadyQueue::update(std::uint32_t node) {
  auto& of = nodes_[node];
  of.least = std::min({of.step.memory, least_of(of.before), least_of(of.behind)});
}

/// One tree of two, where all of the first go before all of the second.
std::uint32_t ReadyQueue::join(std::uint32_t before, std::uint32_t behind) {
  if (before == kNone) return behind;
  if (behind == kNone) return before;
  const bool is_first = nodes_[before].weight > nodes_[behind].weight;
  const auto top = is_first ? before : behind;
  if (is_first)
    nodes_[top].behind = join(nodes_[before].behind, behind);
  else
    nodes_[top].before = join(before, nodes_[behind].before);
  update(top);
  return top;
}

/// Two trees of one: what goes before `rank`, and the others.
void ReadyQueue::split(std::uint32_t node, const StepRank& rank, std::uint32_t& before,
                       std::uint32_t& behind) {
  if (node == kNone) {
    before = behind = kNone;
  } else if (goes_before(nodes_[node].step.rank, rank)) {
    split(nodes_[node].behind, rank, nodes_[node].behind, behind);
    before = node;
    update(node);
  } else {
    split(nodes_[node].before, rank, before, nodes_[node].before);
    behind = node;
    update(node);
  }
}

std::uint32_t ReadyQueue::insert(std::uint32_t node, std::uint32_t added) {
  if (node == kNone) return added;
  const auto& rank = nodes_[added].step.rank;
  if (nodes_[added].weight > nodes_[node].weight) {
    split(node, rank, nodes_[added].before, nodes_[added].behind);
    update(added);
    return added;
  }
  auto& way = goes_before(rank, nodes_[node].step.rank) ? nodes_[node].before : nodes_[node].behind;
  way = insert(way, added);
  update(node);
  return node;
}

std::uint32_t ReadyQueue::erase(std::uint32_t node, const StepRank& rank, bool& found) {
  if (node == kNone) return kNone;
  auto& of = nodes_[node];
  if (of.step.rank.ref == rank.ref) {
    found = true;
    unused_.push_back(node);
    return join(of.before, of.behind);
  }
  auto& way = goes_before(rank, of.step.rank) ? of.before : of.behind;
  way = erase(way, rank, found);
  update(node);
  return node;
}

}  // namespace penstock

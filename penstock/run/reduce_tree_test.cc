#include "penstock/run/reduce_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace penstock {
namespace {

/// Runs a reduction of so many leaves that end in a random order; the values are the texts of the
/// leaves that they come from.
class Reduction {
 public:
  Reduction(std::uint32_t leaves, std::uint32_t fan_in, std::uint64_t seed)
      : tree_(fan_in), random_(seed) {
    std::vector<std::uint32_t> order(leaves);
    for (std::uint32_t i = 0; i < leaves; ++i) order[i] = i;
    std::ranges::shuffle(order, random_);
    for (const auto leaf : order) {
      const bool is_missing = random_() % 4 == 0;
      if (!is_missing) {
        wanted_.push_back(leaf);
        values_.push_back({leaf});
      }
      tree_.put_leaf(leaf,
                     is_missing ? std::nullopt : std::optional(std::uint32_t(values_.size() - 1)));
      take(fan_in);
      if (random_() % 2 == 0) end_one();
    }
    std::ranges::sort(wanted_);
    tree_.finish(leaves);
    for (take(fan_in); !running_.empty(); take(fan_in)) end_one();
    EXPECT_TRUE(tree_.finished());
    EXPECT_LE(tree_.rest().size(), fan_in);
    for (const auto& node : tree_.rest())
      for (const auto leaf : values_[node.copy]) result_.push_back(leaf);
  }

  void expect_all_in_order() const { EXPECT_EQ(result_, wanted_); }

 private:
  void take(std::uint32_t fan_in) {
    for (auto& part : tree_.take_ready()) {
      EXPECT_GE(part.inputs.size(), 2u);
      EXPECT_LE(part.inputs.size(), fan_in);
      running_.push_back(std::move(part));
    }
  }
  void end_one() {
    if (running_.empty()) return;
    std::swap(running_[random_() % running_.size()], running_.back());
    const auto part = std::move(running_.back());
    running_.pop_back();
    values_.emplace_back();
    for (const auto& node : part.inputs)
      for (const auto leaf : values_[node.copy]) values_.back().push_back(leaf);
    tree_.put_part(part, std::uint32_t(values_.size() - 1));
  }

  ReduceTree tree_;
  std::mt19937_64 random_;
  std::vector<std::vector<std::uint32_t>> values_;
  std::vector<ReduceTree::Part> running_;
  std::vector<std::uint32_t> wanted_, result_;
};

TEST(ReduceTree, TakesEveryLeafOnceAndInOrder) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Reduction(std::uint32_t(seed % 41), std::uint32_t(2 + seed % 5), seed).expect_all_in_order();
  }
}

TEST(ReduceTree, HoldsFanInTimesLevelsWhenLeavesEndInOrder) {
  ReduceTree tree(4);
  std::size_t most = 0;
  std::uint32_t copies = 0;
  for (std::uint32_t leaf = 0; leaf < 4096; ++leaf) {
    tree.put_leaf(leaf, copies++);
    for (auto ready = tree.take_ready(); !ready.empty(); ready = tree.take_ready())
      for (const auto& part : ready) tree.put_part(part, copies++);
    most = std::max(most, tree.rest().size());
  }
  EXPECT_LE(most, 3u * 6u + 1u);
}

TEST(ReduceTree, AFanInOfAnySizeTakesNoMoreThanItsLeaves) {
  Reduction(1000, UINT32_MAX, 7).expect_all_in_order();
  ReduceTree tree(UINT32_MAX);
  for (std::uint32_t leaf = 0; leaf < 5; ++leaf) tree.put_leaf(leaf, leaf);
  tree.finish(5);
  EXPECT_TRUE(tree.finished());
  EXPECT_EQ(tree.rest().size(), 5u);
}

}  // namespace
}  // namespace penstock

#include "penstock/run/reduce_tree.h"

#include <algorithm>
#include <tuple>

namespace penstock {

void ReduceTree::expect(std::size_t leaves) {
  if (leaves <= expected_) return;
  expected_ = leaves;
  for (std::uint32_t level = 0; !is_root_level(level); ++level) combine_if_known({level, 0});
}

void ReduceTree::put_leaf(std::uint32_t position, std::optional<std::uint32_t> copy) {
  put(0, position, copy ? std::optional(Node{false, *copy}) : std::nullopt);
  expect(std::size_t(position) + 1);
}

void ReduceTree::put_part(const Part& part, std::optional<std::uint32_t> copy) {
  put(part.level, part.index, copy ? std::optional(Node{true, *copy}) : std::nullopt);
}

void ReduceTree::put(std::uint32_t level, std::uint32_t index, std::optional<Node> node) {
  const Place place{level, index / fan_in_};
  auto& block = blocks_[place];
  const std::size_t at = index % fan_in_;
  if (block.nodes.size() <= at) block.nodes.resize(at + 1);  // a fan-in may be larger than memory
  block.nodes[at] = node;
  ++block.known;
  combine_if_known(place);
}

/// How many values a block will have; a full block where the number of leaves is not known.
std::uint32_t ReduceTree::width(std::uint32_t level, std::uint32_t block) const {
  if (!finished_ || level >= sizes_.size()) return fan_in_;
  return std::min(fan_in_, sizes_[level] - block * fan_in_);
}

/// Whether a level is all that the root takes, as far as is known: its first block is all of it.
bool ReduceTree::is_root_level(std::uint32_t level) const {
  if (finished_) return level + 1 >= sizes_.size();
  std::uint64_t covered = fan_in_;
  while (level-- > 0 && covered < expected_) covered *= fan_in_;
  return covered >= expected_;
}

void ReduceTree::combine_if_known(Place place) {
  const auto [level, index] = place;
  if (is_root_level(level)) return;  // what is left for the root
  const auto at = blocks_.find(place);
  if (at == blocks_.end() || at->second.known < width(level, index)) return;
  Part part{level + 1, index, {}};
  for (const auto& node : at->second.nodes)
    if (node) part.inputs.push_back(*node);
  blocks_.erase(at);
  if (part.inputs.size() > 1) return ready_.push_back(std::move(part));
  put(part.level, part.index,
      part.inputs.empty() ? std::nullopt : std::optional(part.inputs.front()));
}

void ReduceTree::finish(std::uint32_t leaves) {
  finished_ = true;
  sizes_.push_back(leaves);
  while (sizes_.back() > fan_in_) sizes_.push_back((sizes_.back() + fan_in_ - 1) / fan_in_);
  for (std::uint32_t level = 0; !is_root_level(level); ++level) {
    combine_if_known({level, 0});
    combine_if_known({level, (sizes_[level] - 1) / fan_in_});  // the last block may be short
  }
}

std::vector<ReduceTree::Node> ReduceTree::rest() const {
  std::vector<std::tuple<std::uint64_t, std::uint32_t, Node>> found;  // first leaf, place, node
  const auto first_leaf = [&](std::uint32_t level, std::uint64_t index) {
    for (; level > 0; --level) index *= fan_in_;
    return index;
  };
  for (const auto& [place, block] : blocks_)
    for (std::uint32_t i = 0; i < block.nodes.size(); ++i)
      if (block.nodes[i])
        found.emplace_back(first_leaf(place.first, std::uint64_t(place.second) * fan_in_ + i), i,
                           *block.nodes[i]);
  for (const auto& part : ready_)
    for (std::uint32_t i = 0; i < part.inputs.size(); ++i)
      found.emplace_back(first_leaf(part.level, part.index), i, part.inputs[i]);
  std::ranges::sort(found, {}, [](const auto& entry) {
    return std::pair(std::get<0>(entry), std::get<1>(entry));
  });
  std::vector<Node> nodes;
  for (const auto& entry : found) nodes.push_back(std::get<2>(entry));
  return nodes;
}

}  // namespace penstock

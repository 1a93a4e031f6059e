// Which neighbouring values of a reduction can be combined, as they come in any order.
//
// Leaves have positions. `fan_in` neighbours of one level make a value of the next; what is missing
// (an item that was dropped) leaves a gap, and a value that is alone among gaps moves up as it is.
// Which values are combined with which depends on the number of leaves alone, not on their order in
// time: sums of floating-point numbers are the same in every run.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace penstock {

/// The bookkeeping of one reduction: numbers only, no values. Not thread-safe.
class ReduceTree {
 public:
  /// A value: of a leaf, or made by a part.
  struct Node {
    bool is_part = false;
    std::uint32_t copy = 0;
    friend bool operator==(const Node&, const Node&) = default;
  };
  /// Neighbours that are to be combined.
  struct Part {
    std::uint32_t level = 0;  ///< of the result; leaves have level 0
    std::uint32_t index = 0;  ///< position in that level
    std::vector<Node> inputs;
  };

  explicit ReduceTree(std::uint32_t fan_in) : fan_in_(fan_in < 2 ? 2 : fan_in) {}

  /// There are at least so many leaves.
  void expect(std::size_t leaves);
  /// The leaf at a position ended; nothing: it has no value. Once per position.
  void put_leaf(std::uint32_t position, std::optional<std::uint32_t> copy);
  /// A part was combined by that copy; nothing: it gave no value.
  void put_part(const Part& part, std::optional<std::uint32_t> copy);
  /// There are so many leaves. Call once, after all of them were put.
  void finish(std::uint32_t leaves);
  /// Parts that became ready since the last call.
  std::vector<Part> take_ready() { return std::exchange(ready_, {}); }
  /// True when the number of leaves is known and no part is to come, if none is being combined.
  bool finished() const { return finished_ && ready_.empty(); }
  /// What was not taken by any part, in the order of the leaves; at most fan_in when finished.
  std::vector<Node> rest() const;

 private:
  struct Block {
    std::vector<std::optional<Node>> nodes;  // by position in the block
    std::uint32_t known = 0;
  };
  using Place = std::pair<std::uint32_t, std::uint32_t>;  // level, index of the block

  void put(std::uint32_t level, std::uint32_t index, std::optional<Node> node);
  std::uint32_t width(std::uint32_t level, std::uint32_t block) const;
  void combine_if_known(Place place);
  bool is_root_level(std::uint32_t level) const;

  std::uint32_t fan_in_;
  std::uint64_t expected_ = 0;  // there are at least so many leaves
  std::map<Place, Block> blocks_;
  std::vector<Part> ready_;
  bool finished_ = false;
  std::vector<std::uint32_t> sizes_;  // when finished: values per level, up to the first <= fan_in
};

}  // namespace penstock

// Collects the distinct values of a column chunk and numbers them.
#pragma once

#include <bit>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "penstock/frame/detail/parquet_encode.h"

namespace penstock::detail {

/// Numbers distinct values of 4 or 8 bytes in the order in which they occur, by their bits.
template <class T>
class NumberDictionary {
 public:
  static constexpr std::size_t kMaxSize = std::size_t(1) << 14;

  void clear() {
    values_.clear();
    slots_.assign(kSlots, 0);
  }
  const Buffer<T>& values() const { return values_; }
  std::size_t size() const { return values_.size(); }

  /// Write the numbers of `count` values to `out`; false once there are more than `limit` distinct
  /// ones, with those seen so far taken in.
  bool index(const T* values, std::size_t count, std::size_t limit, std::uint32_t* out) {
    if (slots_.empty()) clear();
    Bits last = 0;
    std::uint32_t last_index = 0;
    bool has_last = false;
    for (std::size_t i = 0; i < count; ++i) {
      const auto bits = std::bit_cast<Bits>(values[i]);
      // Ids, states and idle hours come in runs.
      if (!has_last || bits != last) {
        if (!find_or_add(values[i], bits, limit, last_index)) return false;
        last = bits;
        has_last = true;
      }
      out[i] = last_index;
    }
    return true;
  }

 private:
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr unsigned kSlotBits = 16;
  static constexpr std::size_t kSlots = std::size_t(1) << kSlotBits;

  static std::size_t slot_of(Bits bits) {
    return std::size_t(std::uint64_t(bits) * 0x9E3779B97F4A7C15U >> (64 - kSlotBits));
  }

  bool find_or_add(T value, Bits bits, std::size_t limit, std::uint32_t& index) {
    for (auto slot = slot_of(bits);; slot = (slot + 1) & (kSlots - 1)) {
      const auto entry = slots_[slot];
      if (entry == 0) {
        if (values_.size() >= limit) return false;
        values_.push_back(value);
        slots_[slot] = std::uint16_t(values_.size());
        index = std::uint32_t(values_.size() - 1);
        return true;
      }
      if (std::bit_cast<Bits>(values_[entry - 1U]) == bits) {
        index = entry - 1U;
        return true;
      }
    }
  }

  Buffer<T> values_;
  std::vector<std::uint16_t> slots_;  // index + 1, or 0
};

/// Numbers distinct texts in the order in which they come.
class TextDictionary {
 public:
  void clear() {
    numbers_.clear();
    texts_.clear();
    bytes_ = 0;
  }
  std::uint32_t find_or_add(std::string_view text) {
    if (const auto found = numbers_.find(text); found != numbers_.end()) return found->second;
    const auto number = std::uint32_t(texts_.size());
    numbers_.emplace(texts_.emplace_back(text), number);
    bytes_ += text.size() + 4;
    return number;
  }
  std::size_t size() const { return texts_.size(); }
  /// Bytes that the texts take in a dictionary page.
  std::size_t bytes() const { return bytes_; }
  const std::deque<std::string>& texts() const { return texts_; }

 private:
  std::deque<std::string> texts_;  // a deque: numbers_ points into its elements
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::size_t bytes_ = 0;
};

}  // namespace penstock::detail

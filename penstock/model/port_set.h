// A set of ports of one op, of any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace penstock {

/// A set of port numbers. Of a step with more than 64 outputs the others lie on the heap.
class PortSet {
 public:
  PortSet() = default;
  PortSet(const PortSet& other) : first_(other.first_) {
    if (other.others_) others_ = std::make_unique<std::vector<std::uint64_t>>(*other.others_);
  }
  PortSet(PortSet&&) noexcept = default;
  PortSet& operator=(const PortSet& other) {
    PortSet copy(other);
    return *this = std::move(copy);
  }
  PortSet& operator=(PortSet&&) noexcept = default;
  ~PortSet() = default;

  bool contains(std::size_t port) const {
    if (port < kWidth) return ((first_ >> port) & 1) != 0;
    const auto word = port / kWidth - 1;
    return others_ && word < others_->size() && (((*others_)[word] >> (port % kWidth)) & 1) != 0;
  }
  bool empty() const { return first_ == 0 && !others_; }
  void insert(std::size_t port) {
    if (port < kWidth) {
      first_ |= std::uint64_t{1} << port;
      return;
    }
    if (!others_) others_ = std::make_unique<std::vector<std::uint64_t>>();
    const auto word = port / kWidth - 1;
    if (others_->size() <= word) others_->resize(word + 1);
    (*others_)[word] |= std::uint64_t{1} << (port % kWidth);
  }
  /// Insert the ports 0 … count-1.
  void insert_all(std::size_t count) {
    for (std::size_t port = 0; port < count; ++port) insert(port);
  }

 private:
  static constexpr std::size_t kWidth = 64;

  std::uint64_t first_ = 0;
  std::unique_ptr<std::vector<std::uint64_t>> others_;  // from port 64 on
};

}  // namespace penstock

// A growable array of plain values that may also lie in memory of somebody else: in a mapped file,
// or in memory shared with another process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "penstock/base/byte_archive.h"

namespace penstock {

/// An allocator that leaves new numbers uninitialised, so that growing a buffer costs no pass, and
/// whose first allocation may be memory that is there already.
template <class T>
class BufferAllocator : public std::allocator<T> {
 public:
  using is_always_equal = std::false_type;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  template <class U>
  struct rebind {
    using other = BufferAllocator<U>;
  };

  BufferAllocator() = default;
  /// Give out `lent` once; `owner` keeps it alive.
  BufferAllocator(std::shared_ptr<const void> owner, T* lent)
      : owner_(std::move(owner)), lent_(lent), waits_(true) {}
  BufferAllocator(const BufferAllocator&) = default;
  BufferAllocator(BufferAllocator&& other) noexcept
      : owner_(std::move(other.owner_)),
        lent_(std::exchange(other.lent_, nullptr)),
        waits_(std::exchange(other.waits_, false)) {}
  BufferAllocator& operator=(const BufferAllocator&) = default;
  BufferAllocator& operator=(BufferAllocator&& other) noexcept {
    owner_ = std::move(other.owner_);
    lent_ = std::exchange(other.lent_, nullptr);
    waits_ = std::exchange(other.waits_, false);
    return *this;
  }
  template <class U>
  BufferAllocator(const BufferAllocator<U>&) {}

  T* allocate(std::size_t count) {
    return std::exchange(waits_, false) ? lent_ : std::allocator<T>::allocate(count);
  }
  void deallocate(T* at, std::size_t count) {
    if (at != lent_) return std::allocator<T>::deallocate(at, count);
    lent_ = nullptr;
    owner_.reset();
  }
  /// Copies of a buffer have memory of their own.
  BufferAllocator select_on_container_copy_construction() const { return {}; }

  template <class U>
  void construct(U* p) noexcept {
    ::new (static_cast<void*>(p)) U;
  }
  template <class U, class... A>
  void construct(U* p, A&&... args) {
    ::new (static_cast<void*>(p)) U(std::forward<A>(args)...);
  }
  friend bool operator==(const BufferAllocator& a, const BufferAllocator& b) {
    return a.lent_ == b.lent_;
  }

 private:
  std::shared_ptr<const void> owner_;
  T* lent_ = nullptr;
  bool waits_ = false;  // lent_ was not given out yet
};

/// A growable array of plain values; resize() does not write.
template <class T>
class Buffer : public std::vector<T, BufferAllocator<T>> {
  static_assert(std::is_arithmetic_v<T>);
  using Base = std::vector<T, BufferAllocator<T>>;

 public:
  using Base::Base;
  /// Identifies the encoding: how wide a value is and of which kind.
  static constexpr std::string_view kLayout = [] {
    constexpr std::string_view kNames[] = {"bu1", "bu2", "bu4", "bu8", "bi1", "bi2",
                                           "bi4", "bi8", "bf1", "bf2", "bf4", "bf8"};
    const auto kind = std::is_floating_point_v<T> ? 8 : std::is_signed_v<T> ? 4 : 0;
    return kNames[kind + (sizeof(T) == 8 ? 3 : sizeof(T) / 2)];
  }();

  /// The values that lie in these bytes, where they lie; copied only when they are not aligned, or
  /// nobody owns them. They are const for everybody: who wants to change them makes a copy first,
  /// which has memory of its own.
  static Buffer view(const SharedBytes& from) {
    const auto count = from.bytes.size() / sizeof(T);
    const auto at = reinterpret_cast<std::uintptr_t>(from.bytes.data());
    if (count == 0) return {};
    if (from.owner && at % alignof(T) == 0)
      return Buffer(count, BufferAllocator<T>(from.owner, reinterpret_cast<T*>(at)));
    Buffer copy(count);
    std::memcpy(copy.data(), from.bytes.data(), count * sizeof(T));
    return copy;
  }

  /// Count, zeros up to a multiple of 64, values.
  void encode(ByteWriter& out) const {
    out.size(this->size());
    out.align(kAlignment);
    out.block({reinterpret_cast<const char*>(this->data()), this->size() * sizeof(T)});
  }
  static Buffer decode(ByteReader& in) {
    const auto count = in.count(sizeof(T));
    in.align(kAlignment);
    return view(in.share(count * sizeof(T)));
  }

 private:
  static constexpr std::size_t kAlignment = 64;
};

}  // namespace penstock

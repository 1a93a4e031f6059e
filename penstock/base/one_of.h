// One value of several types, small whatever the types are: for things kept in great numbers.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace penstock {

/// One value of one of `Ts`, which is never changed. A type larger than three words lies on the
/// heap, shared by all copies, so that the object has the size of the small ones. Without a value
/// given it is an empty value of the last type.
template <class... Ts>
class OneOf {
 public:
  static constexpr std::size_t kTypes = sizeof...(Ts);
  /// The type at a place of the list.
  template <std::size_t I>
  using Type = std::variant_alternative_t<I, std::variant<Ts...>>;

  OneOf() : kept_(std::in_place_index<kTypes - 1>) {}
  template <class T>
    requires(std::is_same_v<T, Ts> || ...)
  OneOf(T value) : kept_(std::in_place_type<Kept<T>>, keep(std::move(value))) {}

  /// Whether the value is of one of these types.
  template <class... Some>
  bool is() const {
    return (std::holds_alternative<Kept<Some>>(kept_) || ...);
  }
  /// The value if it is of that type, else null. Lives as long as this object is not assigned to.
  template <class T>
  const T* get_if() const {
    const auto* kept = std::get_if<Kept<T>>(&kept_);
    return kept == nullptr ? nullptr : &value_of<T>(*kept);
  }
  /// The value, which must be of that type: else std::bad_variant_access.
  template <class T>
  const T& get() const {
    return value_of<T>(std::get<Kept<T>>(kept_));
  }
  /// Call `visitor` with the value.
  template <class Visitor>
  decltype(auto) visit(Visitor&& visitor) const {
    return std::visit(
        [&visitor]<class K>(const K& kept) -> decltype(auto) {
          return std::forward<Visitor>(visitor)(value_of<typename Kind<K>::Of>(kept));
        },
        kept_);
  }

 private:
  template <class T>
  using Kept = std::conditional_t<sizeof(T) <= 3 * sizeof(void*), T, std::shared_ptr<const T>>;
  template <class K>
  struct Kind {
    using Of = K;
  };
  template <class T>
  struct Kind<std::shared_ptr<const T>> {
    using Of = T;
  };

  template <class T>
  static Kept<T> keep(T value) {
    if constexpr (std::is_same_v<Kept<T>, T>)
      return value;
    else
      return std::make_shared<const T>(std::move(value));
  }
  // There is no pointer in what was moved from, or never given a value.
  template <class T>
  static const T& value_of(const Kept<T>& kept) {
    if constexpr (std::is_same_v<Kept<T>, T>) {
      return kept;
    } else {
      static const T kEmpty{};
      return kept == nullptr ? kEmpty : *kept;
    }
  }

  std::variant<Kept<Ts>...> kept_;
};

}  // namespace penstock

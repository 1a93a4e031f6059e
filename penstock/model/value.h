// A value on its way from one op to the next: a shared pointer with a small table of functions.
//
// A value is never copied between ops of one process: every reader sees the same const object, and
// it is freed when its last reader ended. What the engine must know of a type it asks ValueTraits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "penstock/base/result.h"
#include "penstock/model/metadata.h"
#include "penstock/model/user_code.h"
#include "penstock/model/value_codec.h"

namespace penstock {

namespace detail {

/// The name of a type as the compiler writes it, without its namespaces' details.
template <class T>
consteval std::string_view raw_type_name() {
  std::string_view all = __PRETTY_FUNCTION__;  // "... [with T = cems::RawHours; ...]"
  all.remove_prefix(all.find("T = ") + 4);
  return all.substr(0, all.find_first_of(";]"));
}

/// The name of a type for people: without the marks of unnamed namespaces.
std::string shown_type_name(std::string_view raw);
/// The name of a vector of what has that name.
std::string list_name(std::string element);

}  // namespace detail

/// What the engine asks of a type T. Specialise it, or give T some of these members:
/// `static constexpr std::string_view kTypeName`, `std::uint64_t bytes() const` (memory held),
/// `void summarize(Metadata&) const` (facts worth keeping in the log).
template <class T>
struct ValueTraits {
  static std::string name() {
    if constexpr (requires { T::kTypeName; })
      return std::string(T::kTypeName);
    else
      return detail::shown_type_name(detail::raw_type_name<T>());
  }
  static std::uint64_t bytes(const T& value) {
    if constexpr (requires {
                    { value.bytes() } -> std::convertible_to<std::uint64_t>;
                  })
      return value.bytes();
    else
      return sizeof(T);
  }
  static void summarize([[maybe_unused]] const T& value, [[maybe_unused]] Metadata& into) {
    if constexpr (requires { value.summarize(into); })
      value.summarize(into);
    else if constexpr (std::is_arithmetic_v<T>)
      add_fact(into, "value", value);
  }
};

template <>
struct ValueTraits<std::string> {
  static std::string name() { return "string"; }
  static std::uint64_t bytes(const std::string& value) { return sizeof value + value.capacity(); }
  static void summarize(const std::string& value, Metadata& into);
};

template <class T>
struct ValueTraits<std::vector<T>> {
  static std::string name() { return detail::list_name(ValueTraits<T>::name()); }
  static std::uint64_t bytes(const std::vector<T>& values) {
    std::uint64_t total = sizeof values;
    for (const auto& value : values) total += ValueTraits<T>::bytes(value);
    return total;
  }
  static void summarize(const std::vector<T>& values, Metadata& into) {
    add_fact(into, "items", values.size());
  }
};

/// The functions of one type; one object per type and program, compared by address.
struct ValueType {
  std::string name;
  UserPointer<std::uint64_t(const void*)> bytes;
  UserPointer<void(const void*, Metadata&)> summarize;
  // Null when values of the type stay in their process: see value_codec.h.
  UserPointer<void(const void*, ByteWriter&)> encode = {};
  UserPointer<std::shared_ptr<const void>(ByteReader&)> decode = {};
  std::string layout = {};  ///< differs when a stored value of the type would be read wrongly

  /// True when values can be stored, or cross to another process.
  bool portable() const { return bool(encode); }
};

namespace detail {

/// Share an object. One whose destructor may throw is destroyed so that it cannot end the program.
template <class T>
std::shared_ptr<const T> share_object(T object) {
  if constexpr (std::is_nothrow_destructible_v<T>)
    return std::make_shared<const T>(std::move(object));
  else
    return {new T(std::move(object)), [](const T* held) {
              destroy_user_object(
                  held, [](const void* at) { delete static_cast<const T*>(at); },
                  typeid(T).name());
            }};
}

}  // namespace detail

/// The table of a type; made on first use. Thread-safe.
template <class T>
const ValueType& value_type_of() {
  static const ValueType type = [] {
    ValueType made{
        ValueTraits<T>::name(),
        [](const void* value) { return ValueTraits<T>::bytes(*static_cast<const T*>(value)); },
        [](const void* value, Metadata& into) {
          ValueTraits<T>::summarize(*static_cast<const T*>(value), into);
        }};
    if constexpr (is_portable<T>) {
      made.encode = [](const void* value, ByteWriter& out) {
        ValueCodec<T>::encode(out, *static_cast<const T*>(value));
      };
      made.decode = [](ByteReader& in) -> std::shared_ptr<const void> {
        return detail::share_object<T>(ValueCodec<T>::decode(in));
      };
      made.layout = detail::layout_of<T>();
    }
    return made;
  }();
  return type;
}

// Compiled once, not by every program.
extern template const ValueType& value_type_of<Nothing>();
extern template const ValueType& value_type_of<std::string>();
extern template const ValueType& value_type_of<bool>();
extern template const ValueType& value_type_of<std::int32_t>();
extern template const ValueType& value_type_of<std::int64_t>();
extern template const ValueType& value_type_of<double>();
extern template const ValueType& value_type_of<std::vector<std::string>>();
extern template const ValueType& value_type_of<std::vector<std::int64_t>>();
extern template const ValueType& value_type_of<std::vector<double>>();

/// A shared, immutable value of some type; empty when there is none.
class Value {
 public:
  Value() = default;

  /// Throws what bytes() of the type throws.
  template <class T>
  static Value make(T value) {
    return of_object(detail::share_object<T>(std::move(value)), value_type_of<T>()).value();
  }

  explicit operator bool() const { return type_ != nullptr; }
  const ValueType* type() const { return type_; }
  /// The object itself: two values are one when it is the same.
  const std::shared_ptr<const void>& object() const { return data_; }
  /// What the value takes, as it was when it was made. Cheap.
  std::uint64_t bytes() const { return bytes_; }
  /// What is worth keeping of it in the log; an error when summarize() of its type throws.
  Result<Metadata> summary() const;
  /// Write the value down. Refused when its type is not portable; else the sink's error, or what
  /// encode() of its type throws.
  Status encode(ByteSink& sink) const;
  /// Read a value of a type back. Corrupt when the bytes are not one. What can be used where it
  /// lies keeps the bytes alive instead of copying them.
  static Result<Value> decode(const ValueType& type, SharedBytes bytes);
  /// The object; throws an ErrorException (InvalidData) when it is of another type.
  template <class T>
  const T& as() const {
    if (type_ != &value_type_of<T>()) throw_wrong_type(value_type_of<T>());
    return *static_cast<const T*>(data_.get());
  }

 private:
  Value(std::shared_ptr<const void> data, const ValueType& type, std::uint64_t bytes)
      : data_(std::move(data)), type_(&type), bytes_(bytes) {}
  static Result<Value> of_object(std::shared_ptr<const void> data, const ValueType& type);
  [[noreturn]] void throw_wrong_type(const ValueType& wanted) const;
  std::shared_ptr<const void> data_;
  const ValueType* type_ = nullptr;
  std::uint64_t bytes_ = 0;
};

/// Several values that travel as one without being copied: the sides of a joined item, and what a
/// reduction takes.
struct ValueList {
  static constexpr std::string_view kTypeName = "several values";
  std::vector<Value> values;
};

}  // namespace penstock

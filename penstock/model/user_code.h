// The one boundary between the engine and what users write: ops, codecs, copies, summaries, memory
// estimates, IO managers, hooks, resources, rules of configs, mappings.
//
// The engine holds each of these as a UserFunction or a UserPointer. They can be called only with
// the boundary around: what the code throws comes back as an Error, with its type, its text and the
// causes that are nested in it. Result<T> is [[nodiscard]], so that no caller ignores it.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "penstock/base/result.h"

namespace penstock {

namespace detail {

/// The error that describes the exception being handled. An Error that was thrown, also by
/// Result::value(), is that error.
Error describe_current_exception();

template <class R>
struct UserResultOf {
  using type = Result<R>;
};
template <class T>
struct UserResultOf<Result<T>> {
  using type = Result<T>;
};

}  // namespace detail

/// What a call of user code that returns R gives: a Result<R>, or R where that is a Result already.
template <class R>
using UserResult = typename detail::UserResultOf<R>::type;

/// Call code of a user; an exception of it is an error. `code` takes no arguments.
template <class F>
UserResult<std::invoke_result_t<F&>> call_user_code(F&& code) {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      code();
      return {};
    } else {
      return code();
    }
  } catch (...) {
    return detail::describe_current_exception();
  }
}

/// An error in one line, with the causes that its detail lists: for messages without a detail.
std::string with_causes(const Error& error);

/// Destroy an object of a user. What its destructor throws is written to standard error: the
/// code that lets go of the last reference cannot fail for it.
void destroy_user_object(const void* object, void (*destroy)(const void*), const char* type);

template <class Signature>
class UserFunction;
/// A function object of a user. Its exceptions become errors, see call_user_code().
template <class R, class... A>
class UserFunction<R(A...)> {
 public:
  UserFunction() = default;
  UserFunction(std::nullptr_t) {}
  template <class F>
    requires(!std::same_as<F, UserFunction> && !std::same_as<F, std::nullptr_t> &&
             std::is_invocable_r_v<R, F&, A...>)
  UserFunction(F function) : function_(std::move(function)) {}

  explicit operator bool() const { return bool(function_); }
  UserResult<R> operator()(A... arguments) const {
    return call_user_code([&]() -> R { return function_(std::forward<A>(arguments)...); });
  }

 private:
  std::function<R(A...)> function_;
};

template <class Signature>
class UserPointer;
/// The same for a function without state, in tables that are made at compile time.
template <class R, class... A>
class UserPointer<R(A...)> {
 public:
  constexpr UserPointer() = default;
  template <class F>
    requires std::convertible_to<F, R (*)(A...)>
  constexpr UserPointer(F function) : function_(function) {}

  constexpr explicit operator bool() const { return function_ != nullptr; }
  UserResult<R> operator()(A... arguments) const {
    return call_user_code([&]() -> R { return function_(std::forward<A>(arguments)...); });
  }

 private:
  R (*function_)(A...) = nullptr;
};

}  // namespace penstock

// Success or a described failure, without exceptions.
//
// Every fallible function of Penstock returns Result<T> (or Status when there is no value). Code of
// users may throw instead: value() throws the error, and the engine turns that back into it. An
// Error carries one of few numbered codes, since codes reach the event log, a sentence for the
// user, and what was being done when it happened, outermost last.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace penstock {

/// What kind of failure it is. Numbers are stored in the event log: never reuse or renumber one.
enum class ErrorCode : std::uint16_t {
  Definition = 1,       ///< the program declares something that cannot be
  Config = 2,           ///< a config document or a command line is wrong
  NotFound = 3,         ///< a named thing does not exist
  InvalidData = 4,      ///< input data breaks its contract
  Io = 5,               ///< the file system or a device refused
  Resource = 6,         ///< a resource could not be opened
  UserException = 7,    ///< an exception left a user's function
  UserFailure = 8,      ///< a user's function reported failure
  Canceled = 9,         ///< somebody asked to stop
  Timeout = 10,         ///< a time limit was reached
  Exhausted = 11,       ///< memory, disk or another budget is too small
  WorkerLost = 12,      ///< a process ended that should not have
  Conflict = 13,        ///< somebody else holds it, or an older attempt was fenced off
  Corrupt = 14,         ///< a stored record cannot be read
  Refused = 15,         ///< the request is understood and not allowed
  Internal = 16,        ///< a bug of Penstock
  Skipped = 17,         ///< a user's function chose to skip its step: not a failure
  RetryRequested = 18,  ///< a user's function asks to be tried again
};

/// The lower-case name of a code, as written in the log and in JSON.
std::string_view to_string(ErrorCode code);

/// What a layer above adds to an error for those of its own; not stored with it.
class ErrorExtra {
 public:
  virtual ~ErrorExtra() = default;
};

/// A failure: code, sentence, and what was being done.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;    ///< lower-case fragment: what was found, expected, how to fix
  std::string kind = {};  ///< finer name within a domain, such as `checksum_mismatch`
  std::vector<std::string> context = {};  ///< what was being done, innermost first
  std::string detail = {};    ///< longer text: stack, compiler-like listing; may be empty
  bool allow_retries = true;  ///< false: trying again cannot help
  std::shared_ptr<const ErrorExtra> extra = {};  ///< lost when the error is written down

  /// Add what was being done; returns itself so that it can be passed on.
  Error&& within(std::string what) &&;
  /// The message with its context in front, outermost first: `run x: step y: message`.
  std::string to_string() const;
  friend bool operator==(const Error& a, const Error& b);
};

/// Make an error with a code and a message.
Error make_error(ErrorCode code, std::string message, std::string kind = {});

/// Print the message and abort: a broken invariant of Penstock itself.
[[noreturn]] void fail_check(const char* condition, const char* file, int line,
                             std::string_view message);

/// An Error on its way up as an exception: thrown by value() of a Result that has no value. What
/// calls the code of users turns it back into that error. Cheap to copy.
class ErrorException : public std::exception {
 public:
  explicit ErrorException(Error error);
  const char* what() const noexcept override;
  const Error& error() const noexcept { return state_->error; }

 private:
  struct State {
    Error error;
    std::string text;
  };
  std::shared_ptr<const State> state_;
};

/// Throw an error as an ErrorException.
[[noreturn]] void throw_error(const Error& error);
/// Throw a std::logic_error: a Result that has a value was asked for its error.
[[noreturn]] void throw_no_error();

/// A value, or the Error that explains why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// The value; throws the error as an ErrorException when there is none.
  T& value() & {
    require();
    return std::get<0>(state_);
  }
  const T& value() const& {
    require();
    return std::get<0>(state_);
  }
  T&& value() && {
    require();
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// The error; only when there is no value.
  const Error& error() const& {
    if (ok()) throw_no_error();
    return std::get<1>(state_);
  }
  Error&& error() && {
    if (ok()) throw_no_error();
    return std::get<1>(std::move(state_));
  }

 private:
  void require() const {
    if (!ok()) throw_error(std::get<1>(state_));
  }
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  /// Throw the error as an ErrorException when there is one.
  void value() const {
    if (error_) throw_error(*error_);
  }
  const Error& error() const& {
    if (!error_) throw_no_error();
    return *error_;
  }
  Error&& error() && {
    if (!error_) throw_no_error();
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace penstock

/// Unwrap a Result, or return its error from the enclosing function: `auto x = PENSTOCK_TRY(f());`.
#define PENSTOCK_TRY(...)                                                 \
  __extension__({                                                         \
    auto&& penstock_result = (__VA_ARGS__);                               \
    if (!penstock_result.ok()) return std::move(penstock_result).error(); \
    std::move(penstock_result).value();                                   \
  })

/// Abort with a message when an invariant of Penstock is broken; stays on in release builds.
#define PENSTOCK_CHECK(condition, message) \
  ((condition) ? void(0) : ::penstock::fail_check(#condition, __FILE__, __LINE__, (message)))

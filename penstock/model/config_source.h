// Field types for configs beyond plain C++ ones: secrets, values from the environment, sizes.
#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>

namespace penstock {

/// A string that is never shown: `{env: NAME}` in documents, `****` in everything printed.
///
/// A literal in a document is refused unless the settings allow it.
class Secret {
 public:
  Secret() = default;
  /// A secret that is known already, as tests make them.
  explicit Secret(std::string value) : value_(std::move(value)), resolved_(true) {}
  /// A reference to an environment variable that is looked up when the config is decoded.
  static Secret from_env(std::string variable) {
    Secret secret;
    secret.variable_ = std::move(variable);
    return secret;
  }
  /// Keep a value that was looked up.
  void resolve(std::string value) {
    value_ = std::move(value);
    resolved_ = true;
  }

  /// The value itself; empty while it is not resolved. Hand it on, never print it.
  const std::string& reveal() const { return value_; }
  /// The environment variable it comes from; empty for a literal.
  const std::string& variable() const { return variable_; }
  /// False for a reference that was not looked up yet, and for a default-constructed secret.
  bool resolved() const { return resolved_; }

  friend bool operator==(const Secret&, const Secret&) = default;
  /// Prints `****`.
  friend std::ostream& operator<<(std::ostream& out, const Secret& secret);

 private:
  std::string value_, variable_;
  bool resolved_ = false;
};

/// A string, path, number or bool that a document gives literally or as `{env: NAME}`.
///
/// The variable is looked up when the config is decoded in the worker; while a document is only
/// checked, the value is T{} and resolved() is false.
template <class T>
class FromEnv {
 public:
  FromEnv() = default;
  /// A literal, or a default in a member's initialiser.
  template <std::convertible_to<T> U>
  FromEnv(U&& value) : value_(std::forward<U>(value)) {}
  /// A default that comes from a variable.
  static FromEnv variable_named(std::string variable) {
    FromEnv from;
    from.variable_ = std::move(variable);
    from.resolved_ = false;
    return from;
  }
  /// Keep a value that was looked up.
  void resolve(T value) {
    value_ = std::move(value);
    resolved_ = true;
  }

  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }
  const T& value() const { return value_; }
  /// The environment variable it comes from; empty for a literal.
  const std::string& variable() const { return variable_; }
  /// False for a reference that was not looked up yet.
  bool resolved() const { return resolved_; }

  friend bool operator==(const FromEnv&, const FromEnv&) = default;

 private:
  T value_{};
  std::string variable_;
  bool resolved_ = true;
};

/// A size in bytes; documents say `512MiB`, `2G` (binary units) or a count of bytes.
struct Bytes {
  std::int64_t count = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

}  // namespace penstock

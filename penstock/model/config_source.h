// Field types for configs beyond plain C++ ones: secrets, values that stand elsewhere, sizes.
#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>

namespace penstock {

/// Where a value is, instead of in the document: `{env: NAME}` or `{file: PATH}`.
struct ConfigReference {
  enum class Kind : std::uint8_t { Env, File };
  Kind kind = Kind::Env;
  std::string name;  ///< of the environment variable, or path of the file
  friend bool operator==(const ConfigReference&, const ConfigReference&) = default;
};

/// A string that is never shown: `{env: NAME}` or `{file: PATH}` in documents, `****` in everything
/// printed.
///
/// A literal in a document is refused unless the settings allow it.
class Secret {
 public:
  Secret() = default;
  /// A secret that is known already, as tests make them.
  explicit Secret(std::string value) : value_(std::move(value)), resolved_(true) {}
  /// A reference that is looked up when the config is decoded.
  static Secret at(ConfigReference reference) {
    Secret secret;
    secret.reference_ = std::move(reference);
    return secret;
  }
  /// The value of an environment variable, looked up when the config is decoded.
  static Secret from_env(std::string variable) {
    return at({ConfigReference::Kind::Env, std::move(variable)});
  }
  /// The text of a file, read when the config is decoded.
  static Secret from_file(std::string path) {
    return at({ConfigReference::Kind::File, std::move(path)});
  }
  /// Keep a value that was looked up.
  void resolve(std::string value) {
    value_ = std::move(value);
    resolved_ = true;
  }

  /// The value itself; empty while it is not resolved. Hand it on, never print it.
  const std::string& reveal() const { return value_; }
  /// Where it comes from; nothing for a literal.
  const std::optional<ConfigReference>& reference() const { return reference_; }
  /// False for a reference that was not looked up yet, and for a default-constructed secret.
  bool resolved() const { return resolved_; }

  friend bool operator==(const Secret&, const Secret&) = default;
  /// Prints `****`.
  friend std::ostream& operator<<(std::ostream& out, const Secret& secret);

 private:
  std::string value_;
  std::optional<ConfigReference> reference_;
  bool resolved_ = false;
};

/// A string, path, number, size, length of time, enum or bool that a document gives literally, or
/// as `{env: NAME}` or `{file: PATH}`.
///
/// A reference is looked up when the config is decoded in the worker; while a document is only
/// checked, the value is T{} and resolved() is false.
template <class T>
class Source {
 public:
  Source() = default;
  /// A literal, or a default in a member's initialiser.
  template <std::convertible_to<T> U>
  Source(U&& value) : value_(std::forward<U>(value)) {}
  /// A default that is looked up.
  static Source at(ConfigReference reference) {
    Source source;
    source.reference_ = std::move(reference);
    source.resolved_ = false;
    return source;
  }
  /// Keep a value that was looked up.
  void resolve(T value) {
    value_ = std::move(value);
    resolved_ = true;
  }

  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }
  const T& value() const { return value_; }
  /// Where it comes from; nothing for a literal.
  const std::optional<ConfigReference>& reference() const { return reference_; }
  /// False for a reference that was not looked up yet.
  bool resolved() const { return resolved_; }

  friend bool operator==(const Source&, const Source&) = default;

 private:
  T value_{};
  std::optional<ConfigReference> reference_;
  bool resolved_ = true;
};

/// A size in bytes; documents say `512MiB`, `2G` (binary units) or a count of bytes.
struct Bytes {
  std::int64_t count = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

}  // namespace penstock

// Bytes that somebody keeps alive, and plain numbers and texts in them: what values are encoded to
// when they leave their process.
//
// Numbers are little endian, sizes are 64-bit, texts are a size and their bytes. Nothing says what
// follows: reader and writer agree on it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "penstock/base/result.h"

namespace penstock {

static_assert(std::endian::native == std::endian::little, "encoded numbers are little endian");

/// Bytes, and what keeps them alive: a string, a mapped file, shared memory. Cheap to copy.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  std::string_view bytes;

  /// Own a string.
  static SharedBytes own(std::string bytes);
};

/// Where encoded bytes go. One thread at a time.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write(std::string_view bytes) = 0;
};

/// Gathers bytes in a string.
class StringSink final : public ByteSink {
 public:
  Status write(std::string_view bytes) override;
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Writes numbers, texts and blocks to a sink. After the sink failed, nothing more is written and
/// finish() tells why.
class ByteWriter {
 public:
  explicit ByteWriter(ByteSink& sink) : sink_(sink) {}
  ByteWriter(const ByteWriter&) = delete;
  ByteWriter& operator=(const ByteWriter&) = delete;

  template <class T>
    requires std::is_arithmetic_v<T>
  void number(T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    block({bytes, sizeof(T)});
  }
  void size(std::size_t value) { number(std::uint64_t(value)); }
  void text(std::string_view value);
  /// Bytes without their size.
  void block(std::string_view bytes);
  /// Zeros up to the next multiple, so that a reader may use what follows where it lies.
  void align(std::size_t multiple);
  /// Bytes written so far.
  std::uint64_t position() const { return position_; }
  /// Note that the value cannot be written; the first note counts.
  void fail(Error error) {
    if (status_.ok()) status_ = std::move(error);
  }
  /// Hand the rest to the sink. The first error of the sink, if there was one.
  Status finish();

 private:
  void flush();
  ByteSink& sink_;
  std::string waiting_;
  std::uint64_t position_ = 0;
  Status status_;
};

/// Reads what a ByteWriter wrote. After the first thing that is not there, all further reads give
/// zeros and empty texts, and status() tells where it was.
class ByteReader {
 public:
  explicit ByteReader(SharedBytes bytes) : from_(std::move(bytes)) {}

  template <class T>
    requires std::is_arithmetic_v<T>
  T number() {
    if constexpr (std::is_same_v<T, bool>) {
      // A bool of any other byte would be undefined.
      const auto byte = number<std::uint8_t>();
      if (byte > 1) fail("a bool that is neither true nor false");
      return byte == 1;
    } else {
      T value{};
      if (const auto bytes = block(sizeof(T)); bytes.size() == sizeof(T))
        std::memcpy(&value, bytes.data(), sizeof(T));
      return value;
    }
  }
  /// A text; valid while the bytes live.
  std::string_view text();
  /// A count of things that take at least `each` bytes: a damaged one is noticed before anybody
  /// reserves room for it.
  std::size_t count(std::size_t each);
  /// The next bytes; empty when there are fewer.
  std::string_view block(std::size_t size);
  /// The next bytes together with what keeps them alive.
  SharedBytes share(std::size_t size) { return {from_.owner, block(size)}; }
  /// All that was not read yet; it stays unread.
  SharedBytes rest() const { return {from_.owner, from_.bytes.substr(at_)}; }
  void align(std::size_t multiple);

  std::size_t left() const { return from_.bytes.size() - at_; }
  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }
  /// Note that what was read cannot be; the first note counts.
  void fail(std::string what);

 private:
  SharedBytes from_;
  std::size_t at_ = 0;
  Status status_;
};

}  // namespace penstock

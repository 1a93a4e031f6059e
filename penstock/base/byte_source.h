// Where a reader takes its bytes from: a file, an archive member, memory. Read once, front to back.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "penstock/base/result.h"

namespace penstock {

/// A stream of bytes that is read once. One thread at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fill the front of `into` and return how many bytes that is; 0 is the end of the stream.
  virtual Result<std::size_t> read(std::span<char> into) = 0;
};

/// Bytes in memory as a source.
class MemorySource final : public ByteSource {
 public:
  /// Own the bytes.
  explicit MemorySource(std::string bytes);
  /// Read bytes that somebody else keeps alive.
  static MemorySource view(std::string_view bytes);
  MemorySource(const MemorySource&) = delete;
  MemorySource(MemorySource&& other) noexcept;

  Result<std::size_t> read(std::span<char> into) override;

 private:
  MemorySource() = default;
  std::string owned_;
  std::string_view viewed_;
  bool is_view_ = false;
  std::size_t at_ = 0;
};

/// Read a source to its end; more than `limit` bytes is ErrorCode::Exhausted.
Result<std::string> read_all(ByteSource& source, std::size_t limit);

}  // namespace penstock

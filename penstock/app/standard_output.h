// Standard output that knows whether it was written.
#pragma once

#include <iosfwd>
#include <memory>
#include <system_error>

namespace penstock {

/// What std::cout writes to while this lives: the same file, but several threads may print at once,
/// and the error of the first write that failed is kept. After that nothing more is written.
class StandardOutput {
 public:
  StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;
  ~StandardOutput();

  /// Why a write failed; no error while all went well.
  std::error_code error() const;

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
  std::streambuf* before_;
};

}  // namespace penstock

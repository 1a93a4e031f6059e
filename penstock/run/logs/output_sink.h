// Where the text goes that steps write to standard output and error.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock {

/// The two streams of a step.
enum class OutputStream : std::uint8_t { Out, Err };
/// `stdout`, `stderr`.
inline std::string_view to_string(OutputStream stream) {
  return stream == OutputStream::Out ? "stdout" : "stderr";
}

/// Takes the text of one attempt, in pieces of any size. Thread-safe.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  virtual void write(OutputStream stream, std::string_view bytes) = 0;
};

/// Hands it on to this process's own standard output and error.
class ProcessOutput final : public OutputSink {
 public:
  void write(OutputStream stream, std::string_view bytes) override;
};

}  // namespace penstock

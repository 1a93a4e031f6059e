#include "penstock/run/logs/output_sink.h"

#include <unistd.h>

#include <cerrno>

namespace penstock {

void ProcessOutput::write(OutputStream stream, std::string_view bytes) {
  const int to = stream == OutputStream::Out ? STDOUT_FILENO : STDERR_FILENO;
  while (!bytes.empty()) {
    const auto wrote = ::write(to, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;  // closed: as with any program whose reader has gone
    bytes.remove_prefix(std::size_t(wrote));
  }
}

}  // namespace penstock

#include "penstock/app/process.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace penstock {

bool is_process_gone(const RunRecord& run) {
  if (is_final(run.status) || run.pid <= 0) return false;
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0 || run.host != host.data()) return false;
  return kill(run.pid, 0) != 0 && errno == ESRCH;
}

}  // namespace penstock

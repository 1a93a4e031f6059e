#include "penstock/app/process.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "penstock/base/narrow.h"
#include "penstock/base/process.h"

namespace penstock {
namespace {

std::optional<bool> is_alive(const RunRecord& run) {
  return is_process_alive(run.pid, run.process);
}

// By number: the functions of this name in glibc 2.36 cannot be linked from C++.
int open_process(pid_t pid) { return narrow<int>(::syscall(SYS_pidfd_open, pid, 0)); }
int send_stop(int process) {
  return narrow<int>(::syscall(SYS_pidfd_send_signal, process, SIGTERM, nullptr, 0));
}

std::string named(const RunRecord& run) {
  return "process " + std::to_string(run.pid) + " on " + run.host + " of run " + run.id.to_string();
}

}  // namespace

bool is_process_gone(const RunRecord& run) {
  if (is_final(run.status) || run.pid <= 0 || run.host != host_name()) return false;
  return is_alive(run) == false;
}

Status ask_process_to_stop(const RunRecord& run) {
  if (run.host != host_name())
    return make_error(ErrorCode::Refused, named(run) + " is on another machine: cancel it there");
  if (!is_alive(run))
    return make_error(ErrorCode::Refused,
                      named(run) +
                          " is in another PID namespace, as a container has: cancel it "
                          "there");
  // The descriptor stands for the process that was looked at, even if its number is given away.
  const int process = open_process(run.pid);
  const bool is_gone = is_alive(run) == false;
  const int sent = is_gone ? 0 : process >= 0 ? send_stop(process) : ::kill(run.pid, SIGTERM);
  const int why = errno;
  if (process >= 0) ::close(process);
  if (is_gone || (sent != 0 && why == ESRCH))
    return make_error(ErrorCode::NotFound, named(run) + " lives no more");
  if (sent != 0)
    return make_error(ErrorCode::Refused,
                      named(run) + " cannot be asked to stop: " + std::strerror(why));
  return {};
}

}  // namespace penstock

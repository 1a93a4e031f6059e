#include "penstock/run/processes/zygote.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "penstock/base/machine.h"
#include "penstock/base/shortage.h"
#include "penstock/run/processes/channel.h"

namespace penstock {
namespace {

struct Ends {
  FileDescriptor ours, theirs;
};

Error failed(const char* what) {
  return make_error(ErrorCode::Exhausted,
                    std::string(what) + " cannot be made: " + std::strerror(errno),
                    std::string(is_shortage(errno) ? kShortage : ""));
}

enum class When { AtOnce, InTime };  // InTime: a shortage is waited out

Result<Ends> make_socket(When when) {
  int ends[2];
  const auto make = [&] { return ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends); };
  if ((when == When::AtOnce ? make() : wait_out_shortage(make)) != 0)
    return failed("a socket for a worker process");
  return Ends{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// A pipe from the worker to us.
Result<Ends> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed("a pipe for a worker process");
  return Ends{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace

Result<std::unique_ptr<Zygote>> Zygote::fork_for(const RunPlan& plan) {
  raise_open_files();
  auto requests = PENSTOCK_TRY(make_socket(When::InTime));
  // What is buffered would be written by every process that inherits it.
  std::fflush(nullptr);
  std::cout.flush();  // lint: allow no-cout, nothing is written: only flushed before the fork
  std::cerr.flush();  // lint: allow no-cout, nothing is written: only flushed before the fork
  const auto parent = ::getpid();
  const auto pid = wait_out_shortage([] { return ::fork(); });
  if (pid < 0) return failed("a process");
  if (pid == 0) {
    requests.ours.close();
    serve_as_zygote(plan, std::move(requests.theirs), parent);
  }
  return std::unique_ptr<Zygote>(new Zygote(plan, pid, std::move(requests.ours)));
}

Zygote::~Zygote() {
  // In words, too: another process that was forked from this one may hold the socket open.
  send_packet(requests_.get(), "quit", nullptr, 0);
  requests_.close();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool Zygote::alive() const {
  siginfo_t ended{};
  return ::waitid(P_PID, id_t(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0;
}

Result<WorkerLink> Zygote::fork_worker(bool capture) const {
  auto socket = PENSTOCK_TRY(make_socket(When::AtOnce));
  auto reports = PENSTOCK_TRY(make_pipe());
  WorkerLink link{std::move(socket.ours), std::move(reports.ours), {}, {}};
  Ends out, err;
  if (capture) {
    out = PENSTOCK_TRY(make_pipe());
    err = PENSTOCK_TRY(make_pipe());
    link.out = std::move(out.ours);
    link.err = std::move(err.ours);
  }
  // First what reports: short of files, the zygote gets the first of them only.
  const std::array<int, 4> given = {reports.theirs.get(), socket.theirs.get(), out.theirs.get(),
                                    err.theirs.get()};
  while (send_packet(requests_.get(), "fork", given.data(), capture ? 4 : 2) < 0)
    if (is_shortage(errno))
      return failed("a request for a worker process");
    else if (errno != EINTR)
      return make_error(ErrorCode::WorkerLost,
                        "the process that starts worker processes has ended: its steps cannot run "
                        "any more; start the run again");
  return link;
}

}  // namespace penstock

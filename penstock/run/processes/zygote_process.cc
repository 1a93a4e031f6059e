// What runs in the zygote. One thread; it allocates little and decides nothing.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <vector>

#include "penstock/run/processes/channel.h"
#include "penstock/run/processes/worker_process.h"
#include "penstock/run/processes/zygote.h"

namespace penstock {
namespace {

/// Signals with which terminals and service managers end programs. What ends us is our coordinator:
/// it decides what becomes of the run.
constexpr std::array kNotForUs = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

class ZygoteProcess {
 public:
  ZygoteProcess(const RunPlan& plan, FileDescriptor requests, pid_t parent)
      : plan_(plan), requests_(std::move(requests)), parent_(parent) {
    // A group of our own: a key pressed in the terminal is for the coordinator.
    ::setpgid(0, 0);
    for (const int signal : kNotForUs) before_.push_back({signal, ::signal(signal, SIG_IGN)});
    before_.push_back({SIGPIPE, ::signal(SIGPIPE, SIG_IGN)});
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &watched, &mask_before_);
    signals_ = FileDescriptor(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
    // The end of the requests tells that the coordinator is gone, unless another process that was
    // forked from it holds them open; so does this signal, unless only one of its threads ended.
    ::prctl(PR_SET_PDEATHSIG, SIGUSR1);
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  }

  void serve() {
    std::array<pollfd, 2> watched{{{requests_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
    while (::getppid() == parent_) {
      if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
      if (watched[1].revents != 0) reap();
      if (watched[0].revents != 0 && !take_request()) return;
    }
  }

  void end_workers() {
    for (const auto& [pid, reports] : workers_) ::kill(-pid, SIGKILL);
  }

 private:
  /// False when there will be no more.
  bool take_request() {
    std::array<char, 16> text;
    std::array<FileDescriptor, 4> given;  // socket, reports, out, err
    const auto size =
        receive_packet(requests_.get(), text.data(), text.size(), 0, given.data(), given.size());
    if (size < 0) return errno == EINTR || errno == EAGAIN;
    if (size == 0 || !given[0]) return false;  // what comes without a socket is the wish to end
    const auto zygote = ::getpid();
    const auto pid = ::fork();
    if (pid == 0) become_worker(given, zygote);
    ::setpgid(pid, pid);  // as the worker does: whoever comes first
    report(given[1], {pid > 0 ? pid : 0, pid > 0 ? 0 : errno, 0, 0});
    if (pid > 0) workers_.emplace(pid, std::move(given[1]));
    return true;
  }

  [[noreturn]] void become_worker(std::array<FileDescriptor, 4>& given, pid_t zygote) {
    ::setpgid(0, 0);  // so that what a step starts ends with it
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != zygote) ::_exit(1);
    workers_.clear();
    requests_.close();
    signals_.close();
    given[1].close();
    if (given[2]) ::dup2(given[2].get(), STDOUT_FILENO);
    if (given[3]) ::dup2(given[3].get(), STDERR_FILENO);
    given[2].close();
    given[3].close();
    for (const auto& [signal, handler] : before_)
      ::signal(signal, signal == SIGTERM || signal == SIGINT ? SIG_DFL : handler);
    for (const int signal : kNotForUs) sigdelset(&mask_before_, signal);
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    serve_as_worker(plan_, std::move(given[0]));
  }

  void reap() {
    signalfd_siginfo ignored;
    while (::read(signals_.get(), &ignored, sizeof ignored) > 0) {
    }
    siginfo_t ended{};
    while (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
      const auto pid = ended.si_pid;
      ::kill(-pid, SIGKILL);  // what its steps started and left; its number is still its own
      WorkerReport told{pid, 0, 0, 0};
      rusage usage{};
      ::wait4(pid, &told.status, 0, &usage);
      told.peak_rss = std::int64_t(usage.ru_maxrss) * 1024;
      if (const auto worker = workers_.find(pid); worker != workers_.end()) {
        report(worker->second, told);
        workers_.erase(worker);
      }
      ended = {};
    }
  }

  static void report(const FileDescriptor& to, const WorkerReport& told) {
    while (::write(to.get(), &told, sizeof told) < 0 && errno == EINTR) {
    }
  }

  struct Handler {
    int signal;
    sighandler_t before;
  };
  const RunPlan& plan_;
  FileDescriptor requests_, signals_;
  const pid_t parent_;
  std::vector<Handler> before_;
  sigset_t mask_before_{};
  std::map<pid_t, FileDescriptor> workers_;  // and where to report
};

}  // namespace

void serve_as_zygote(const RunPlan& plan, FileDescriptor requests, pid_t parent) {
  ZygoteProcess zygote(plan, std::move(requests), parent);
  zygote.serve();
  zygote.end_workers();
  ::_exit(0);  // destructors and exit handlers are the coordinator's
}

}  // namespace penstock

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

#include "penstock/base/machine.h"
#include "penstock/base/process.h"
#include "penstock/run/processes/channel.h"
#include "penstock/run/processes/worker_process.h"
#include "penstock/run/processes/zygote.h"

namespace penstock {
namespace {

constexpr int kPatience = 5000;  // milliseconds, for the end of a process that was killed

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
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // see end_strays()
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

  /// And what their steps have started, wherever that is: until nothing is left, or what is left
  /// cannot be killed, as a process that waits for a broken disk.
  void end_workers() {
    for (const auto& [pid, reports] : workers_) ::kill(-pid, SIGKILL);
    pollfd ended{signals_.get(), POLLIN, 0};
    do {
      reap();
      end_strays();
    } while (::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) == 0 &&
             ::poll(&ended, 1, kPatience) > 0);
  }

 private:
  /// False when there will be no more.
  bool take_request() {
    std::array<char, 16> text;
    std::array<FileDescriptor, 4> given;  // reports, socket, out, err
    const auto size =
        receive_packet(requests_.get(), text.data(), text.size(), 0, given.data(), given.size());
    if (size < 0) return errno == EINTR || errno == EAGAIN;
    if (size == 0 || std::string_view(text.data(), std::size_t(size)) == "quit") return false;
    if (!is_complete(given)) {  // as many as this process may have are open
      if (given[0]) report(given[0], {0, EMFILE, 0, 0});
      return true;
    }
    const auto zygote = ::getpid();
    const auto pid = ::fork();
    if (pid == 0) become_worker(given, zygote);
    const int error = pid > 0 ? 0 : errno;
    ::setpgid(pid, pid);  // as the worker does: whoever comes first
    report(given[0], {pid > 0 ? pid : 0, error, 0, 0});
    if (pid > 0) workers_.emplace(pid, std::move(given[0]));
    return true;
  }

  /// A worker's output comes with it, or is the program's.
  static bool is_complete(const std::array<FileDescriptor, 4>& given) {
    return given[0] && given[1] && bool(given[2]) == bool(given[3]);
  }

  [[noreturn]] void become_worker(std::array<FileDescriptor, 4>& given, pid_t zygote) {
    ::setpgid(0, 0);  // so that what a step starts ends with it
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // What a step leaves behind is this worker's while it lives, and the zygote's after that: see
    // end_strays().
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (::getppid() != zygote) ::_exit(1);
    workers_.clear();
    requests_.close();
    signals_.close();
    given[0].close();
    if (given[2]) ::dup2(given[2].get(), STDOUT_FILENO);
    if (given[3]) ::dup2(given[3].get(), STDERR_FILENO);
    given[2].close();
    given[3].close();
    // As a program finds them that was just started. What is to outlive its terminal does; the
    // coordinator's handlers are not for its workers.
    for (const auto& [signal, handler] : before_)
      ::signal(signal, signal == SIGHUP && handler == SIG_IGN ? SIG_IGN
                       : signal == SIGPIPE                    ? handler
                                                              : SIG_DFL);
    for (const int signal : kNotForUs) sigdelset(&mask_before_, signal);
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    restore_open_files();
    serve_as_worker(plan_, std::move(given[1]));
  }

  /// What a step started outside of its worker's group, as setsid does, is ours once its worker has
  /// ended.
  void end_strays() {
    for (const auto pid : child_processes())
      if (!workers_.contains(pid)) ::kill(pid, SIGKILL);
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
      end_strays();
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

#include "penstock/run/exit_guard.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "penstock/run/running_steps.h"

namespace penstock {
namespace {

constexpr int kFailed = 1;

std::atomic<int> guards = 0;
std::atomic<pid_t> guarded = 0;   // the process whose runs they are: its workers may exit
std::atomic<unsigned> forks = 0;  // between the first process and this one
thread_local const RunningStep* running = nullptr;

constexpr const char* kAdvice =
    "the next start of a run of this program resumes it or records it as lost; with --executor "
    "processes only the step fails\n";

void at_exit() {
  if (guards == 0 || guarded != ::getpid()) return;
  std::fflush(nullptr);
  std::fprintf(
      stderr,
      "\nerror: exit() was called %s%s while a run was going on, which is left unfinished; "
      "an op returns or throws, it does not call exit(). Steps that were running:\n",
      running != nullptr ? "by step " : "from outside of its steps",
      running != nullptr ? running->key().c_str() : "");
  write_running_steps(STDERR_FILENO);
  ::_exit(kFailed);
}

struct Crash {
  int signal;
  const char* text;
  struct sigaction before {};
};
std::array<Crash, 5> crashes{{{SIGSEGV, "SIGSEGV (invalid memory access)"},
                              {SIGBUS, "SIGBUS (memory that cannot be accessed)"},
                              {SIGFPE, "SIGFPE (invalid arithmetic)"},
                              {SIGILL, "SIGILL (invalid instruction)"},
                              {SIGABRT, "SIGABRT (abort, or an exception that was not caught)"}}};
std::mutex crashes_mutex;                        // guards installing, not the handler
std::atomic_flag is_reporting = ATOMIC_FLAG_INIT;  // one report is enough

void report_crash(const char* what) {
  if (guards == 0 || guarded != ::getpid()) return;
  if (is_reporting.test_and_set()) {  // another thread does: do not end the process under it
    const timespec pause{1, 0};
    ::nanosleep(&pause, nullptr);
    return;
  }
  write_plain(STDERR_FILENO, "\nerror: this program crashed with ");
  write_plain(STDERR_FILENO, what);
  write_plain(STDERR_FILENO,
              " while a run was in progress, which is left unfinished. Steps that were "
              "running:\n");
  write_running_steps(STDERR_FILENO);
  write_plain(STDERR_FILENO, kAdvice);
}

/// Says what it can, then leaves the signal to what handled it before: a debugger, a sanitizer, the
/// system.
void on_crash(int signal, siginfo_t* info, void*) {
  for (auto& crash : crashes) {
    if (crash.signal != signal) continue;
    report_crash(crash.text);
    ::sigaction(signal, &crash.before, nullptr);
  }
  // An instruction that failed fails again when this returns; what was sent is sent again.
  if (info == nullptr || info->si_code <= 0) ::raise(signal);
}

void catch_crashes() {
  struct sigaction action{};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (auto& crash : crashes) ::sigaction(crash.signal, &action, &crash.before);
}

void leave_crashes() {
  for (auto& crash : crashes) {
    struct sigaction now{};
    ::sigaction(crash.signal, nullptr, &now);
    if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_crash)
      ::sigaction(crash.signal, &crash.before, nullptr);
  }
}

void watch() {
  static const bool watched = [] {
    std::atexit(at_exit);
    std::at_quick_exit(at_exit);
    ::pthread_atfork(nullptr, nullptr, [] { ++forks; });
    return true;
  }();
  (void)watched;
}

}  // namespace

ExitGuard::ExitGuard() {
  watch();
  const std::lock_guard lock(crashes_mutex);
  guarded = ::getpid();
  if (guards++ == 0) catch_crashes();
}

ExitGuard::~ExitGuard() {
  const std::lock_guard lock(crashes_mutex);
  if (--guards == 0) leave_crashes();
}

RunningStep::RunningStep(RunId run, const std::string& key)
    : run_(run), key_(key), forks_(forks), before_(running) {
  watch();
  running = this;
  note_running_step(&run_, key_.c_str());
}

RunningStep::~RunningStep() {
  running = before_;
  if (before_ != nullptr)
    note_running_step(&before_->run_, before_->key_.c_str());
  else
    note_running_step(nullptr, nullptr);
  // The copy has only this thread: it must not go on as a second engine, nor flush what the first
  // has buffered.
  if (forks != forks_) ::_exit(0);
}

}  // namespace penstock

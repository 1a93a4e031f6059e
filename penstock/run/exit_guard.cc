#include "penstock/run/exit_guard.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace penstock {
namespace {

constexpr int kFailed = 1;

std::atomic<int> guards = 0;
std::atomic<pid_t> guarded = 0;   // the process whose runs they are: its workers may exit
std::atomic<unsigned> forks = 0;  // between the first process and this one
thread_local const char* running = nullptr;

void at_exit() {
  if (guards == 0 || guarded != ::getpid()) return;
  std::fflush(nullptr);
  std::fprintf(
      stderr,
      "\nerror: exit() was called %s%s while a run was going on, which is left unfinished; "
      "an op returns or throws, it does not call exit()\n",
      running != nullptr ? "by step " : "from outside of its steps",
      running != nullptr ? running : "");
  ::_exit(kFailed);
}

void watch() {
  static const bool watched = [] {
    std::atexit(at_exit);
    ::pthread_atfork(nullptr, nullptr, [] { ++forks; });
    return true;
  }();
  (void)watched;
}

}  // namespace

ExitGuard::ExitGuard() {
  watch();
  guarded = ::getpid();
  ++guards;
}

ExitGuard::~ExitGuard() { --guards; }

RunningStep::RunningStep(const std::string& key) : forks_(forks) {
  watch();
  running = key.c_str();
}

RunningStep::~RunningStep() {
  running = nullptr;
  // The copy has only this thread: it must not go on as a second engine, nor flush what the first
  // has buffered.
  if (forks != forks_) ::_exit(0);
}

}  // namespace penstock

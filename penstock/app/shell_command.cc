#include "penstock/app/shell_command.h"

#include <dlfcn.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "penstock/app/interrupts.h"

namespace penstock {
namespace {

constexpr int kNoShell = 127 << 8;  // the status that system() has for it

/// Start `/bin/sh -c command` with this thread's signals as they are in `mask`.
int start_shell(const char* command, const sigset_t& mask, pid_t& child) {
  posix_spawnattr_t attributes;
  if (const int failed = ::posix_spawnattr_init(&attributes); failed != 0) return failed;
  ::posix_spawnattr_setsigmask(&attributes, &mask);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  char* words[] = {const_cast<char*>("sh"), const_cast<char*>("-c"), const_cast<char*>("--"),
                   const_cast<char*>(command), nullptr};
  const int failed = ::posix_spawn(&child, "/bin/sh", nullptr, &attributes, words, environ);
  ::posix_spawnattr_destroy(&attributes);
  return failed;
}

int run_shell(const char* command) {
  sigset_t ended, before;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  ::pthread_sigmask(SIG_BLOCK, &ended, &before);  // a handler is not to take the child's end
  pid_t child = 0;
  int status = kNoShell;
  const int failed = start_shell(command, before, child);
  if (failed == EAGAIN || failed == ENOMEM) {
    errno = failed;
    status = -1;
  } else if (failed == 0) {
    pid_t got = 0;
    while ((got = ::waitpid(child, &status, 0)) < 0 && errno == EINTR) {
    }
    if (got < 0) status = -1;
  }
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return status;
}

}  // namespace

void keep_own_system() {}

}  // namespace penstock

extern "C" int system(const char* command) {
  using System = int (*)(const char*);
  static const auto library = reinterpret_cast<System>(::dlsym(RTLD_NEXT, "system"));
  if (library != nullptr && !penstock::is_watching_interrupts()) return library(command);
  if (command == nullptr) return ::access("/bin/sh", X_OK) == 0 ? 1 : 0;
  return penstock::run_shell(command);
}

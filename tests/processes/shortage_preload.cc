// Makes the system look short: of the functions that SHORT_OF names, separated by commas, the first
// three of each eight calls fail as they do when there are too many open files, processes or
// threads. Counted over all processes.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace {

bool is_named(std::string_view function) {
  const char* names = std::getenv("SHORT_OF");
  std::string_view rest = names != nullptr ? names : "";
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (rest.substr(0, comma) == function) return true;
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  return false;
}

/// Calls so far: in memory that forked processes share.
struct Calls {
  std::atomic<unsigned> forks, threads, sockets, pipes, memories, counters;
};
Calls& calls() {
  static auto* const shared = static_cast<Calls*>(::mmap(nullptr, sizeof(Calls),
                                                         PROT_READ | PROT_WRITE,
                                                         MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return *shared;
}
[[gnu::constructor]] void share_calls() { calls(); }

bool fails(std::string_view function, std::atomic<unsigned>& count) {
  return is_named(function) && count++ % 8 < 3;
}

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

pid_t fork() {
  if (!fails("fork", calls().forks)) return next<pid_t()>("fork")();
  errno = EAGAIN;
  return -1;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  if (fails("pthread_create", calls().threads)) return EAGAIN;
  return next<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create")(
      thread, attributes, start, argument);
}

int socketpair(int domain, int type, int protocol, int ends[2]) {
  if (!fails("socketpair", calls().sockets))
    return next<int(int, int, int, int*)>("socketpair")(domain, type, protocol, ends);
  errno = EMFILE;
  return -1;
}

int pipe2(int ends[2], int flags) {
  if (!fails("pipe2", calls().pipes)) return next<int(int*, int)>("pipe2")(ends, flags);
  errno = ENFILE;
  return -1;
}

int memfd_create(const char* name, unsigned flags) {
  if (!fails("memfd_create", calls().memories))
    return next<int(const char*, unsigned)>("memfd_create")(name, flags);
  errno = EMFILE;
  return -1;
}

int eventfd(unsigned count, int flags) {
  if (!fails("eventfd", calls().counters)) return next<int(unsigned, int)>("eventfd")(count, flags);
  errno = EMFILE;
  return -1;
}

}  // extern "C"

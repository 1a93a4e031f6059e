// Makes the system look short: of the functions that SHORT_OF names, separated by commas, the first
// three of each eight calls fail as they do when there are too many open files, processes or
// threads. Counted in each process, from what it inherits.
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

bool fails(std::string_view function, std::atomic<unsigned>& calls) {
  return is_named(function) && calls++ % 8 < 3;
}

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

std::atomic<unsigned> forks, threads, sockets, pipes, memories, counters;

}  // namespace

extern "C" {

pid_t fork() {
  if (!fails("fork", forks)) return next<pid_t()>("fork")();
  errno = EAGAIN;
  return -1;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  if (fails("pthread_create", threads)) return EAGAIN;
  return next<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create")(
      thread, attributes, start, argument);
}

int socketpair(int domain, int type, int protocol, int ends[2]) {
  if (!fails("socketpair", sockets))
    return next<int(int, int, int, int*)>("socketpair")(domain, type, protocol, ends);
  errno = EMFILE;
  return -1;
}

int pipe2(int ends[2], int flags) {
  if (!fails("pipe2", pipes)) return next<int(int*, int)>("pipe2")(ends, flags);
  errno = ENFILE;
  return -1;
}

int memfd_create(const char* name, unsigned flags) {
  if (!fails("memfd_create", memories))
    return next<int(const char*, unsigned)>("memfd_create")(name, flags);
  errno = EMFILE;
  return -1;
}

int eventfd(unsigned count, int flags) {
  if (!fails("eventfd", counters)) return next<int(unsigned, int)>("eventfd")(count, flags);
  errno = EMFILE;
  return -1;
}

}  // extern "C"

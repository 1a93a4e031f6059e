#include "penstock/app/interrupts.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <thread>

#include "penstock/app/shell_command.h"
#include "penstock/base/file_descriptor.h"
#include "penstock/base/process.h"
#include "penstock/base/shortage.h"

namespace penstock {
namespace {

constexpr int kInterrupted = 130;

// What the handler may touch: a handler has no argument of ours.
std::atomic<int> counter = -1;   // an eventfd: what came and was not taken
std::atomic<pid_t> watcher = 0;  // the process that watches
std::atomic<int> latest = 0;     // the signal that came last

void ring(int to) {
  const std::uint64_t one = 1;
  while (::write(to, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

/// In a fork of the process that watches, a signal does what it does without a handler.
void on_signal(int signal) {
  const int error = errno;
  if (watcher != ::getpid()) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);  // delivered when the handler returns
  } else {
    latest = signal;
    ring(counter);
  }
  errno = error;
}

void unblock(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

struct sigaction with_handler(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return action;
}

class SignalWatch final : public InterruptWatch {
 public:
  SignalWatch() : counter_(wait_out_shortage([] { return ::eventfd(0, EFD_CLOEXEC); })) {
    keep_own_system();
    counter = counter_.get();
    watcher = ::getpid();
    latest = 0;
    const auto caught = with_handler(on_signal);
    for (auto& each : caught_) {
      ::sigaction(each.signal, nullptr, &each.before);
      // A program that was started to outlive its terminal does.
      each.is_caught = each.signal != SIGHUP || each.before.sa_handler != SIG_IGN;
      if (!each.is_caught) continue;
      ::sigaction(each.signal, &caught, nullptr);
      unblock(each.signal);  // the parent process may have blocked it
    }
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch() override {
    for (const auto& each : caught_)
      if (each.is_caught) ::sigaction(each.signal, &each.before, nullptr);
    const int untaken = waiter_.joinable() ? 0 : latest.load();
    if (waiter_.joinable()) {
      is_over_ = true;
      ring(counter_.get());
      waiter_.join();
    }
    counter = -1;
    if (untaken != 0) ::raise(untaken);  // no command has looked: it is as if it came now
  }
  std::stop_token token() override {
    if (!waiter_.joinable())
      waiter_ = wait_out_thread_shortage([this] { return std::thread([this] { wait(); }); });
    return source_.get_token();
  }

 private:
  /// Signals that come while one is being taken are one more.
  void wait() {
    for (;;) {
      std::uint64_t came = 0;
      while (::read(counter_.get(), &came, sizeof came) < 0 && errno == EINTR) {
      }
      if (is_over_) return;
      if (source_.request_stop()) continue;
      end_descendants();
      ::_exit(kInterrupted);
    }
  }

  struct Caught {
    int signal;
    struct sigaction before {};
    bool is_caught = false;
  };
  const FileDescriptor counter_;
  std::array<Caught, 3> caught_{{{SIGINT}, {SIGTERM}, {SIGHUP}}};
  std::stop_source source_;
  std::atomic<bool> is_over_ = false;
  std::thread waiter_;
};

}  // namespace

CaughtPipeSignal::CaughtPipeSignal() {
  const auto caught = with_handler([](int) {});
  ::sigaction(SIGPIPE, &caught, &before_);
  unblock(SIGPIPE);
}

CaughtPipeSignal::~CaughtPipeSignal() { ::sigaction(SIGPIPE, &before_, nullptr); }

bool is_watching_interrupts() { return counter >= 0 && watcher == ::getpid(); }

std::unique_ptr<InterruptWatch> watch_interrupts() { return std::make_unique<SignalWatch>(); }

}  // namespace penstock

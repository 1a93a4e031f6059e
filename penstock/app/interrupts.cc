#include "penstock/app/interrupts.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace penstock {
namespace {

constexpr int kInterrupted = 130;

class SignalWatch final : public InterruptWatch {
 public:
  SignalWatch() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    // The end of the terminal or connection, unless the program was started to outlive it.
    struct sigaction hangup{};
    if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
      sigaddset(&signals_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch() override {
    is_over_ = true;
    if (waiter_.joinable()) {
      pthread_kill(waiter_.native_handle(), SIGTERM);
      waiter_.join();
    }
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }
  std::stop_token token() override {
    if (!waiter_.joinable()) waiter_ = std::thread([this] { wait(); });
    return source_.get_token();
  }

 private:
  void wait() {
    int signal = 0;
    while (sigwait(&signals_, &signal) == 0 && !is_over_)
      if (!source_.request_stop()) _exit(kInterrupted);
  }

  sigset_t signals_{}, mask_before_{};
  std::stop_source source_;
  std::atomic<bool> is_over_ = false;
  std::thread waiter_;
};

}  // namespace

BlockedPipeSignal::BlockedPipeSignal() {
  sigemptyset(&pipe_);
  sigaddset(&pipe_, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_, &mask_before_);
}

BlockedPipeSignal::~BlockedPipeSignal() {
  if (sigismember(&mask_before_, SIGPIPE) == 1) return;
  const timespec at_once{};
  while (sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
  }
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

std::unique_ptr<InterruptWatch> watch_interrupts() { return std::make_unique<SignalWatch>(); }

}  // namespace penstock

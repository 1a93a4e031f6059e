#include "penstock/app/standard_output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <mutex>
#include <streambuf>
#include <string>

namespace penstock {

/// Has no area of its own to put into, so that everything comes here, under a lock: ops in threads
/// print at the same time.
class StandardOutput::Buffer final : public std::streambuf {
 public:
  std::error_code error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

 protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const auto byte = traits_type::to_char_type(c);
    return xsputn(&byte, 1) == 1 ? c : traits_type::eof();
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    const std::lock_guard lock(mutex_);
    waiting_.append(text, std::size_t(size));
    return waiting_.size() < kMostWaiting || write_out() ? size : 0;
  }
  int sync() override {
    const std::lock_guard lock(mutex_);
    return write_out() ? 0 : -1;
  }

 private:
  static constexpr std::size_t kMostWaiting = 8192;

  bool write_out() {
    const char* from = waiting_.data();
    const char* end = from + waiting_.size();
    while (!error_ && from < end) {
      const auto written = ::write(STDOUT_FILENO, from, std::size_t(end - from));
      if (written >= 0)
        from += written;
      else
        on_error(errno);
    }
    waiting_.clear();
    return !error_;
  }

  void on_error(int code) {
    if (code == EINTR) return;
    if (code == EAGAIN) {  // somebody made the terminal non-blocking
      pollfd file{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
      ::poll(&file, 1, -1);
      return;
    }
    error_ = std::error_code(code, std::generic_category());
  }

  mutable std::mutex mutex_;
  std::string waiting_;
  std::error_code error_;
};

StandardOutput::StandardOutput()
    : buffer_(std::make_unique<Buffer>()), before_(std::cout.rdbuf(buffer_.get())) {}

StandardOutput::~StandardOutput() {
  std::cout.flush();
  std::cout.rdbuf(before_);
}

std::error_code StandardOutput::error() const { return buffer_->error(); }

}  // namespace penstock

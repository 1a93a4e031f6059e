#include "penstock/app/standard_output.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <streambuf>

namespace penstock {

class StandardOutput::Buffer final : public std::streambuf {
 public:
  Buffer() { empty(); }
  std::error_code error() const { return error_; }

 protected:
  int_type overflow(int_type c) override {
    if (!write_out()) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  int sync() override { return write_out() ? 0 : -1; }

 private:
  void empty() { setp(room_.data(), room_.data() + room_.size()); }

  bool write_out() {
    const char* from = pbase();
    while (!error_ && from < pptr()) {
      const auto written = ::write(STDOUT_FILENO, from, std::size_t(pptr() - from));
      if (written >= 0)
        from += written;
      else
        on_error(errno);
    }
    empty();
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

  std::array<char, 8192> room_{};
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

// What the system has too little of for a while: open files, processes, threads, memory for them.
// That is a reason to wait, or to do with less, and no failure.
#pragma once

#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <thread>

#include "penstock/base/result.h"

namespace penstock {

/// The kind of an error that says that the system was short of something.
inline constexpr std::string_view kShortage = "shortage";

/// Whether errno of a call that makes a process, thread, pipe, socket or file says that.
constexpr bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOMEM ||
         error == ENOBUFS;
}
inline bool is_shortage(const Error& error) { return error.kind == kShortage; }

/// How long to wait before the next try: a moment at first, then longer, up to a second.
class Pauses {
 public:
  std::chrono::milliseconds next() {
    const auto now = next_;
    if (next_ < kLongest) next_ *= 2;
    return now;
  }

 private:
  static constexpr std::chrono::milliseconds kLongest{1000};
  std::chrono::milliseconds next_{8};
};

/// Call what returns a file descriptor, or -1 with errno, until it does not fail for a shortage:
/// that of short moments, for about half a minute in all. For what is needed to finish work that
/// has been done.
template <class Call>
int wait_out_shortage(Call call) {
  constexpr int kTries = 36;
  Pauses pauses;
  for (int tries = 1;; ++tries) {
    const int got = call();
    if (got >= 0 || tries == kTries || !is_shortage(errno)) return got;
    std::this_thread::sleep_for(pauses.next());
  }
}

/// Make a thread, as `make` does, in the same way. Throws std::system_error when there is none to
/// be had.
template <class Make>
auto wait_out_thread_shortage(Make make) {
  constexpr int kTries = 36;
  Pauses pauses;
  for (int tries = 1;; ++tries) try {
      return make();
    } catch (const std::system_error& error) {
      if (tries == kTries || !is_shortage(error.code().value())) throw;
      std::this_thread::sleep_for(pauses.next());
    }
}

}  // namespace penstock

// Ctrl-C, SIGTERM and the end of the terminal as a stop token.
//
// Programs that ops start inherit blocked and ignored signals, but no handlers: those are reset by
// exec. So signals are caught by handlers here, and never blocked or ignored.
#pragma once

#include <signal.h>

#include <memory>

#include "penstock/cli/services.h"

namespace penstock {

/// Catch SIGINT, SIGTERM and, unless it is ignored, SIGHUP. From the first call of token() on, a
/// thread takes them: the first requests stop; the second ends the process with status 130, and
/// sends SIGTERM to the processes that it has started. Until then processes can be forked without a
/// second thread. Undone when the watch is destroyed. One at a time.
std::unique_ptr<InterruptWatch> watch_interrupts();

/// Whether a watch of this process lives.
bool is_watching_interrupts();

/// While it lives, writing to a pipe without a reader is an error of that write, and does not end
/// the process. Of the whole process, whose child programs have the default again.
class CaughtPipeSignal {
 public:
  CaughtPipeSignal();
  CaughtPipeSignal(const CaughtPipeSignal&) = delete;
  CaughtPipeSignal& operator=(const CaughtPipeSignal&) = delete;
  ~CaughtPipeSignal();

 private:
  struct sigaction before_{};
};

}  // namespace penstock

// Ctrl-C, SIGTERM and the end of the terminal as a stop token.
#pragma once

#include <signal.h>

#include <memory>

#include "penstock/cli/services.h"

namespace penstock {

/// Block SIGINT, SIGTERM and, unless it is ignored, SIGHUP in this thread and all that it starts;
/// from the first call of token() on, a thread of its own waits for them: the first requests stop,
/// the second ends the process with status 130. Until then processes can be forked without a second
/// thread. Undone when the watch is destroyed.
std::unique_ptr<InterruptWatch> watch_interrupts();

/// While it lives, writing to a pipe that nobody reads is an error of that write, and does not end
/// the process. Of the thread that makes it and those that this starts.
class BlockedPipeSignal {
 public:
  BlockedPipeSignal();
  BlockedPipeSignal(const BlockedPipeSignal&) = delete;
  BlockedPipeSignal& operator=(const BlockedPipeSignal&) = delete;
  ~BlockedPipeSignal();

 private:
  sigset_t pipe_{}, mask_before_{};
};

}  // namespace penstock

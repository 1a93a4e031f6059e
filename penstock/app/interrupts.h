// Ctrl-C and SIGTERM as a stop token.
#pragma once

#include <memory>

#include "penstock/cli/services.h"

namespace penstock {

/// Block SIGINT and SIGTERM in this thread and all that it starts; from the first call of token()
/// on, a thread of its own waits for them: the first requests stop, the second ends the process
/// with status 130. Until then processes can be forked without a second thread. SIGPIPE is blocked
/// too, so that a closed pipe does not end a run. Undone when the watch is destroyed.
std::unique_ptr<InterruptWatch> watch_interrupts();

}  // namespace penstock

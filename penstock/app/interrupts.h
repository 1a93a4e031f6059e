// Ctrl-C and SIGTERM as a stop token.
#pragma once

#include <memory>

#include "penstock/cli/services.h"

namespace penstock {

/// Block SIGINT and SIGTERM in this thread and all that it starts, and let a thread of its own wait
/// for them: the first requests stop, the second ends the process with status 130. SIGPIPE is
/// blocked too, so that a closed pipe does not end a run. Undone when the watch is destroyed.
std::unique_ptr<InterruptWatch> watch_interrupts();

}  // namespace penstock

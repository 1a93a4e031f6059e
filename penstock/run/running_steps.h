// Which steps run in this process, where a handler of a crash can read it.
#pragma once

#include <string>

#include "penstock/base/ids.h"

namespace penstock {

/// From now on the calling thread runs this step; `key` null: none. Gives the thread a stack of its
/// own for signal handlers, so that a stack that is full can be reported.
void note_running_step(const RunId* run, const char* key);

/// Write the steps that run, one to a line, to a file descriptor, and which of them the calling
/// thread runs. Async-signal-safe: no memory, no locks.
void write_running_steps(int to);

/// Write a text to a file descriptor, as far as possible. Async-signal-safe.
void write_plain(int to, const char* text);

}  // namespace penstock

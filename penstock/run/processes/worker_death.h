// Why a worker process ended, in words.
#pragma once

#include <cstdint>
#include <string>

#include "penstock/run/step_task.h"

namespace penstock {

/// What is known of the end of a worker process that was running an attempt.
struct WorkerEnd {
  bool reported = false;          ///< false: nobody told, the zygote is gone
  int status = 0;                 ///< as wait() gives it
  std::int64_t peak_rss = 0;      ///< bytes
  std::int64_t memory_limit = 0;  ///< bytes; 0: none
  std::int64_t memory_used = 0;   ///< bytes of the step when the limit was passed; 0: it was not
  bool asked_to_stop = false;     ///< and then killed by us, if a signal of ours ended it
  bool system_was_short = false;  ///< the system killed something for lack of memory meanwhile
  std::string last_words;         ///< the end of its standard error
};

/// The result of the attempt: its status says what happened and what to do, `death` names it for
/// machines.
StepResult result_of(const WorkerEnd& end);

/// How many processes the system has killed for lack of memory, on this machine or in this control
/// group; only differences mean something.
std::int64_t count_memory_kills();

}  // namespace penstock

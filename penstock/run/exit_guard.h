// What becomes of a program whose op ends it, or forks and lets the copy return.
#pragma once

#include <string>

#include "penstock/base/ids.h"

namespace penstock {

/// While one lives, a program does not end during a run without naming the steps that were running:
/// exit() by an op is an error with exit status 1, and a signal of a crash (SIGSEGV, SIGBUS,
/// SIGFPE, SIGILL, SIGABRT) writes a message to standard error before it does what it did before.
/// The run is left as after a crash. Worker processes are not concerned: their coordinator reports
/// their end.
class ExitGuard {
 public:
  ExitGuard();
  ~ExitGuard();
  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;
};

/// Names the step whose code the calling thread runs, for messages about what it did; they may
/// nest. Ends the process when the code has returned in another one than it was called in.
class RunningStep {
 public:
  /// The key must outlive it.
  RunningStep(RunId run, const std::string& key);
  ~RunningStep();
  RunningStep(const RunningStep&) = delete;
  RunningStep& operator=(const RunningStep&) = delete;
  const std::string& key() const { return key_; }

 private:
  const RunId run_;
  const std::string& key_;
  const unsigned forks_;
  const RunningStep* const before_;  // what this thread ran when this one began, or null
};

}  // namespace penstock

// What becomes of a program whose op ends it, or forks and lets the copy return.
#pragma once

#include <string>

namespace penstock {

/// While one lives, exit() by an op does not end the program as if all were well: it says so on
/// standard error, and the exit status is 1. The run is left as after a crash.
class ExitGuard {
 public:
  ExitGuard();
  ~ExitGuard();
  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;
};

/// Names the step that the calling thread runs, for whoever has to tell what it did. Ends the
/// process when the op has returned in another one than it was called in.
class RunningStep {
 public:
  explicit RunningStep(const std::string& key);
  ~RunningStep();
  RunningStep(const RunningStep&) = delete;
  RunningStep& operator=(const RunningStep&) = delete;

 private:
  const unsigned forks_;
};

}  // namespace penstock

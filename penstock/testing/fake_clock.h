// A clock that tests set: nothing in a test waits for real time.
#pragma once

#include <algorithm>
#include <mutex>

#include "penstock/base/clock.h"

namespace penstock::testing {

/// Stands still until a test moves it. When a run has nothing to do until some time, as before a
/// retry, the clock goes there at once; while steps run, only advance() moves it.
class FakeClock : public Clock {
 public:
  explicit FakeClock(Time start = Time(std::chrono::seconds(1'600'000'000))) : time_(start) {}

  Time now() const override {
    const std::lock_guard lock(mutex_);
    return time_;
  }
  Instant instant() const override {
    const std::lock_guard lock(mutex_);
    return instant_;
  }
  /// Let time pass on both clocks, from a test or from inside an op: time limits that it reaches
  /// take effect.
  void advance(Micros by) { move(by, by); }
  /// Set the wall clock forward or back, as an administrator or a time server does. No time passes.
  void set_wall_clock(Time time) {
    const std::lock_guard lock(mutex_);
    time_ = time;
  }
  void jump_wall_clock(Micros by) { move(by, Micros()); }
  /// Let time pass that the wall clock does not show. Not negative: this clock never goes back.
  void advance_monotonic(Micros by) { move(Micros(), by); }

  /// Looks again and again, so that advance() need not know who waits.
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
            Instant until) const override {
    if (instant() < until) changed.wait_for(lock, std::chrono::milliseconds(1));
  }
  void skip_to(std::unique_lock<std::mutex>&, std::condition_variable&,
               Instant until) const override {
    const std::lock_guard lock(mutex_);
    time_ += elapsed(instant_, until);
    instant_ = std::max(instant_, until);
  }

 private:
  void move(Micros time, Micros instant) {
    const std::lock_guard lock(mutex_);
    time_ += time;
    instant_ += std::max(instant, Micros());
  }

  mutable std::mutex mutex_;
  mutable Time time_;
  mutable Instant instant_{std::chrono::hours(1)};  // unlike the wall clock
};

}  // namespace penstock::testing

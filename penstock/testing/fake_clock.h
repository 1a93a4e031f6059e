// A clock that tests set: nothing in a test waits for real time.
#pragma once

#include <atomic>

#include "penstock/base/clock.h"

namespace penstock::testing {

/// Stands still until it is told otherwise. When a run has nothing to do until some time, as before
/// a retry, the clock goes there at once; while steps run, only advance() moves it.
class FakeClock : public Clock {
 public:
  explicit FakeClock(Time start = Time(std::chrono::seconds(1'600'000'000)))
      : now_(start.time_since_epoch().count()) {}

  Time now() const override { return Time(Micros(now_.load())); }
  /// Let time pass, from a test or from inside an op: time limits that it reaches take effect.
  void advance(Micros by) { now_ += by.count(); }
  /// Looks again and again, so that advance() need not know who waits.
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
            Time until) const override {
    if (now() < until) changed.wait_for(lock, std::chrono::milliseconds(1));
  }
  void skip_to(std::unique_lock<std::mutex>&, std::condition_variable&, Time until) const override {
    auto at = now_.load();
    const auto wanted = until.time_since_epoch().count();
    while (at < wanted && !now_.compare_exchange_weak(at, wanted)) {
    }
  }

 private:
  mutable std::atomic<std::int64_t> now_;
};

}  // namespace penstock::testing

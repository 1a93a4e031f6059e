// A clock that tests set: nothing in a test waits for real time.
#pragma once

#include <atomic>

#include "penstock/base/clock.h"

namespace penstock::testing {

/// Stands still until it is told otherwise; who waits for a time is taken there at once.
class FakeClock : public Clock {
 public:
  explicit FakeClock(Time start = Time(std::chrono::seconds(1'600'000'000)))
      : now_(start.time_since_epoch().count()) {}

  Time now() const override { return Time(Micros(now_.load())); }
  void advance(Micros by) { now_ += by.count(); }
  void wait(std::unique_lock<std::mutex>&, std::condition_variable&, Time until) const override {
    auto at = now_.load();
    const auto wanted = until.time_since_epoch().count();
    while (at < wanted && !now_.compare_exchange_weak(at, wanted)) {
    }
  }

 private:
  mutable std::atomic<std::int64_t> now_;
};

}  // namespace penstock::testing

// Time as Penstock stores it, and where it comes from: nothing but a Clock may ask the system.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "penstock/base/result.h"

namespace penstock {

/// A point in time: microseconds since 1970 UTC.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
/// A length of time in microseconds.
using Micros = std::chrono::microseconds;

/// Where the time comes from; a port, so that tests and simulations decide it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  /// Wait until `changed` is notified or the time has come; may return early. Unlocks meanwhile.
  virtual void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                    Time until) const = 0;
  /// The same, when nothing else can happen until then: a clock of tests may go there at once.
  virtual void skip_to(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                       Time until) const {
    wait(lock, changed, until);
  }
};

/// The system's clock.
class SystemClock final : public Clock {
 public:
  Time now() const override;
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
            Time until) const override;
};

/// RFC 3339 in UTC with microseconds: `2017-01-01T06:00:00.000000Z`.
std::string to_rfc3339(Time time);
/// A short length of time for people: `340 µs`, `12 ms`, `3.4 s`, `2 min 05 s`, `1 h 02 min`.
std::string format_duration(Micros duration);
/// Read a length of time as people type it: a number, whole or not, and us, ms, s, m or min, h, d
/// or w; without a unit it is seconds. Config when it is none.
Result<Micros> parse_duration(std::string_view text);

}  // namespace penstock

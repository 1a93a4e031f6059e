// Points in time, and where they come from: nothing but a Clock may ask the system.
//
// There are two kinds, which do not convert into each other. The wall clock says what people call a
// moment; it jumps when it is set, so it is for records only. The monotonic clock never
// jumps; time limits, delays, waits and durations use it.
#pragma once

#include <compare>
#include <condition_variable>
#include <mutex>
#include <string>

#include "penstock/base/duration.h"

namespace penstock {

/// A point on one of the two clocks, in microseconds since its epoch. Sums and differences stop at
/// min() and max(), as those of Micros do.
template <class Kind>
class TimePoint {
 public:
  constexpr TimePoint() = default;
  constexpr explicit TimePoint(Micros since_epoch) : since_epoch_(since_epoch) {}

  static constexpr TimePoint min() { return TimePoint(Micros::min()); }
  static constexpr TimePoint max() { return TimePoint(Micros::max()); }
  constexpr Micros time_since_epoch() const { return since_epoch_; }

  constexpr TimePoint& operator+=(Micros length) { return *this = *this + length; }
  constexpr TimePoint& operator-=(Micros length) { return *this = *this - length; }
  friend constexpr TimePoint operator+(TimePoint at, Micros length) {
    return TimePoint(at.since_epoch_ + length);
  }
  friend constexpr TimePoint operator-(TimePoint at, Micros length) {
    return TimePoint(at.since_epoch_ - length);
  }
  friend constexpr Micros operator-(TimePoint a, TimePoint b) {
    return a.since_epoch_ - b.since_epoch_;
  }
  friend constexpr auto operator<=>(TimePoint a, TimePoint b) {
    return a.since_epoch_.count() <=> b.since_epoch_.count();
  }
  friend constexpr bool operator==(TimePoint a, TimePoint b) {
    return a.since_epoch_.count() == b.since_epoch_.count();
  }

 private:
  Micros since_epoch_;
};

/// A point on the wall clock, since 1970 UTC: what records say. A difference of two is what a
/// calendar says, not how long something took.
using Time = TimePoint<struct WallClock>;
/// A point on the monotonic clock, since the machine started. The processes of a machine share the
/// clock until it restarts; none is ever stored.
using Instant = TimePoint<struct MonotonicClock>;

/// What both clocks show at one moment.
struct Moment {
  Time time;
  Instant instant;
};

/// How long ago `start` was at `end`; 0 when it comes after it.
constexpr Micros elapsed(Instant start, Instant end) {
  return start < end ? end - start : Micros();
}

/// Where the time comes from; a port, so that tests and simulations decide it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// What the wall clock shows.
  virtual Time now() const = 0;
  /// What the monotonic clock shows.
  virtual Instant instant() const = 0;
  /// Wait until `changed` is notified or the time has come; may return early. Unlocks meanwhile.
  virtual void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                    Instant until) const = 0;
  /// The same, when nothing else can happen until then: a clock of tests may go there at once.
  virtual void skip_to(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                       Instant until) const {
    wait(lock, changed, until);
  }

  Moment moment() const { return {now(), instant()}; }
  /// How long ago that was.
  Micros elapsed_since(Instant start) const { return elapsed(start, instant()); }
};

/// The system's clock.
class SystemClock final : public Clock {
 public:
  Time now() const override;
  Instant instant() const override;
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
            Instant until) const override;
};

/// RFC 3339 in UTC with microseconds: `2017-01-01T06:00:00.000000Z`. A year outside 0000 to 9999
/// has a sign, as in ISO 8601: `+12017-…`, `-0044-…`.
std::string to_rfc3339(Time time);

}  // namespace penstock

#include "penstock/base/clock.h"

#include <fmt/format.h>

#include <algorithm>

namespace penstock {
namespace {

/// The standard library counts waits in nanoseconds, which a longer one could overflow.
constexpr Micros kLongestWait = std::chrono::hours(24);

/// The calendar repeats after 400 years.
constexpr std::int64_t kDaysOfCycle = 146'097;

std::string year_text(std::int64_t year) {
  if (year >= 0 && year <= 9999) return fmt::format("{:04}", year);
  return fmt::format("{}{:04}", year < 0 ? '-' : '+', year < 0 ? -year : year);
}

}  // namespace

Time SystemClock::now() const {
  return Time(std::chrono::floor<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch()));
}

Instant SystemClock::instant() const {
  return Instant(std::chrono::floor<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

void SystemClock::wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                       Instant until) const {
  const auto left = elapsed(instant(), until);
  if (left.count() > 0) changed.wait_for(lock, std::min(left, kLongestWait));
}

std::string to_rfc3339(Time time) {
  using namespace std::chrono;
  const auto since_epoch = time.time_since_epoch();
  const auto whole_days = floor<days>(microseconds(since_epoch));
  const auto rest = since_epoch.count() - microseconds(whole_days).count();
  const auto cycles = whole_days.count() / kDaysOfCycle - (whole_days.count() < 0 ? 1 : 0);
  const year_month_day date{sys_days(days(whole_days.count() - cycles * kDaysOfCycle))};
  return fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
                     year_text(int(date.year()) + 400 * cycles), unsigned(date.month()),
                     unsigned(date.day()), rest / 3'600'000'000, rest / 60'000'000 % 60,
                     rest / 1'000'000 % 60, rest % 1'000'000);
}

}  // namespace penstock

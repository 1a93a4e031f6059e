#include "penstock/base/clock.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "penstock/base/text.h"

namespace penstock {

Time SystemClock::now() const {
  return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
}

void SystemClock::wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                       Time until) const {
  const auto left = until - now();
  if (left.count() > 0) changed.wait_for(lock, left);
}

std::string to_rfc3339(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const auto rest = (time - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), rest / 3'600'000'000,
                     rest / 60'000'000 % 60, rest / 1'000'000 % 60, rest % 1'000'000);
}

std::string format_duration(Micros duration) {
  const auto us = duration.count();
  if (us < 1'000) return fmt::format("{} µs", us);
  if (us < 1'000'000) return fmt::format("{} ms", us / 1'000);
  if (us < 60'000'000) return fmt::format("{:.1f} s", double(us) / 1e6);
  const auto s = us / 1'000'000;
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

namespace {

/// Microseconds of a unit; 0 for what is none.
double unit_of_time(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, double>, 9> kUnits = {{{"", 1e6},
                                                                          {"us", 1},
                                                                          {"ms", 1e3},
                                                                          {"s", 1e6},
                                                                          {"m", 60e6},
                                                                          {"min", 60e6},
                                                                          {"h", 3'600e6},
                                                                          {"d", 86'400e6},
                                                                          {"w", 604'800e6}}};
  for (const auto& [name, us] : kUnits)
    if (unit == name) return us;
  return 0;
}

}  // namespace

Result<Micros> parse_duration(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = unit_of_time({end, std::size_t(text.data() + text.size() - end)});
  const double us = number * unit;
  // A hundred years, and no NaN.
  const bool fits = us >= 0 && us <= 100 * 366 * 86'400e6;
  if (error != std::errc() || unit == 0 || !fits)
    return make_error(ErrorCode::Config,
                      quote(text) +
                          " is not a length of time; expected a number of at least 0 and ms, s, "
                          "m, h, d or w, such as 30d");
  return Micros(std::llround(us));
}

}  // namespace penstock

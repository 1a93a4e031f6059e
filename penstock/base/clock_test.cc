#include "penstock/base/clock.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "penstock/testing/fake_clock.h"

namespace penstock {
namespace {

using namespace std::chrono_literals;

// The two kinds of points do not mix.
static_assert(!std::is_convertible_v<Time, Instant> && !std::is_constructible_v<Time, Instant>);
static_assert(!std::is_convertible_v<Instant, Time> && !std::is_constructible_v<Instant, Time>);
template <class A, class B>
concept Comparable = requires(A a, B b) { a < b; };
template <class A, class B>
concept Subtractable = requires(A a, B b) { a - b; };
static_assert(Comparable<Time, Time> && Subtractable<Instant, Instant>);
static_assert(!Comparable<Time, Instant> && !Subtractable<Time, Instant>);

TEST(TimePoint, StopsAtItsEnds) {
  EXPECT_EQ(Instant(5s) + Micros::max(), Instant::max());
  EXPECT_EQ(Instant::max() + 1s, Instant::max());
  EXPECT_EQ(Time(5s) - Micros::max(), Time(5s - Micros::max()));
  EXPECT_EQ(Time::min() - 1s, Time::min());
  EXPECT_EQ(Time::max() - Time::min(), Micros::max());
  EXPECT_EQ(Time::min() - Time::max(), Micros::min());
  EXPECT_EQ(Instant(5s) + std::chrono::hours::max(), Instant::max());
}

TEST(TimePoint, HasElapsedFor) {
  EXPECT_EQ(elapsed(Instant(2s), Instant(5s)), 3s);
  EXPECT_EQ(elapsed(Instant(5s), Instant(2s)), 0s) << "never negative";
  EXPECT_EQ(elapsed(Instant::min(), Instant::max()), Micros::max());
}

TEST(Rfc3339, SaysEveryTime) {
  EXPECT_EQ(to_rfc3339(Time()), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Time(Micros(-1))), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(Time(1'483'250'400s + Micros(7))), "2017-01-01T06:00:00.000007Z");
  EXPECT_EQ(to_rfc3339(Time(951'782'400s)), "2000-02-29T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Time(-62'167'219'200s)), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Time(-62'167'219'201s)), "-0001-12-31T23:59:59.000000Z");
  EXPECT_EQ(to_rfc3339(Time(253'402'300'800s)), "+10000-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Time::max()), "+294247-01-10T04:00:54.775807Z");
  EXPECT_EQ(to_rfc3339(Time::min()), "-290308-12-21T19:59:05.224192Z");
}

TEST(SystemClock, GoesForward) {
  const SystemClock clock;
  const auto start = clock.instant();
  EXPECT_GE(clock.instant(), start);
  EXPECT_GE(clock.elapsed_since(start), 0s);
  EXPECT_EQ(clock.elapsed_since(Instant::max()), 0s);
}

TEST(SystemClock, DoesNotWaitForWhatIsPast) {
  const SystemClock clock;
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  clock.wait(lock, never, Instant());
  clock.wait(lock, never, Instant::min());
  clock.wait(lock, never, clock.instant());
  EXPECT_TRUE(lock.owns_lock());
}

TEST(FakeClock, MovesEachClockOnItsOwn) {
  testing::FakeClock clock(Time(1000s));
  const auto start = clock.instant();
  clock.advance(5s);
  EXPECT_EQ(clock.now(), Time(1005s));
  EXPECT_EQ(clock.elapsed_since(start), 5s);
  clock.jump_wall_clock(-1h);
  EXPECT_EQ(clock.now(), Time(1005s - 1h));
  EXPECT_EQ(clock.elapsed_since(start), 5s);
  clock.advance_monotonic(2s);
  EXPECT_EQ(clock.now(), Time(1005s - 1h));
  EXPECT_EQ(clock.elapsed_since(start), 7s);
  clock.set_wall_clock(Time(1s));
  clock.advance_monotonic(-9s);
  EXPECT_EQ(clock.now(), Time(1s));
  EXPECT_EQ(clock.elapsed_since(start), 7s) << "it never goes back";
}

}  // namespace
}  // namespace penstock

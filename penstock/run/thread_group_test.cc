#include "penstock/run/thread_group.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>

namespace penstock {
namespace {

TEST(ThreadGroup, AllRunAtTheSameTime) {
  std::barrier together(3);
  std::atomic<int> done = 0;
  const auto work = [&] {
    together.arrive_and_wait();
    ++done;
  };
  ThreadGroup group;
  ASSERT_TRUE(group.start({work, work, work}));
  group.join();
  EXPECT_EQ(done, 3);
}

}  // namespace
}  // namespace penstock

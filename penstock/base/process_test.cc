#include "penstock/base/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace penstock {
namespace {

TEST(Process, IsToldFromOthersWithItsNumber) {
  const auto pid = ::getpid();
  const auto birth = process_birth(pid).value();
  EXPECT_EQ(is_process_alive(pid, birth), true);
  EXPECT_EQ(is_process_alive(pid, ""), true) << "nothing speaks against it";
  EXPECT_EQ(is_process_alive(pid, "boot/1"), false);
  const auto start = birth.find('/') + 1;
  EXPECT_EQ(is_process_alive(pid, birth.substr(0, start) + "1"), false);
}

TEST(Process, OfAnotherNamespaceCannotBeJudged) {
  const auto pid = ::getpid();
  const auto birth = process_birth(pid).value();
  const auto end = birth.rfind('/');
  ASSERT_NE(end, birth.find('/')) << "boot, start and namespace";
  const auto before = birth.substr(0, end);
  EXPECT_EQ(is_process_alive(pid, before), true) << "as earlier versions recorded it";
  EXPECT_EQ(is_process_alive(pid, before + "/1"), std::nullopt);
  EXPECT_EQ(is_process_alive(pid, "boot/1/1"), false) << "of before the machine was started";
}

TEST(Process, KnowsItsChildrenUntilTheyWereWaitedFor) {
  const auto is_child = [](pid_t pid) {
    const auto children = child_processes();
    return std::find(children.begin(), children.end(), pid) != children.end();
  };
  const pid_t child = ::fork();
  if (child == 0)
    for (;;) ::pause();
  EXPECT_TRUE(is_child(child));
  EXPECT_FALSE(is_child(::getpid()));
  end_descendants();
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  EXPECT_FALSE(is_child(child));
}

}  // namespace
}  // namespace penstock

#include "penstock/base/process.h"

#include <gtest/gtest.h>
#include <unistd.h>

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

}  // namespace
}  // namespace penstock

#include "penstock/model/port_set.h"

#include <gtest/gtest.h>

#include <set>

namespace penstock {
namespace {

TEST(PortSet, HoldsAnyNumberOfPorts) {
  const std::set<std::size_t> inserted{0, 31, 32, 39, 63, 64, 127, 128, 100'000};
  PortSet ports;
  EXPECT_TRUE(ports.empty());
  for (const auto port : inserted) ports.insert(port);
  EXPECT_FALSE(ports.empty());
  for (std::size_t port = 0; port < 100'100; ++port)
    ASSERT_EQ(ports.contains(port), inserted.contains(port)) << port;
}

TEST(PortSet, ACopyIsItsOwn) {
  PortSet ports;
  ports.insert_all(70);
  PortSet copy(ports);
  copy.insert(80);
  EXPECT_TRUE(copy.contains(69) && copy.contains(80));
  EXPECT_FALSE(ports.contains(80));
  ports = copy;
  EXPECT_TRUE(ports.contains(80));
  EXPECT_FALSE(ports.contains(70));
}

TEST(PortSet, OnlyHighPorts) {
  PortSet ports;
  ports.insert(64);
  EXPECT_FALSE(ports.empty());
  EXPECT_FALSE(ports.contains(0));
  EXPECT_TRUE(ports.contains(64));
}

}  // namespace
}  // namespace penstock

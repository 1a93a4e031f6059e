#include "penstock/base/byte_source.h"

#include <gtest/gtest.h>

#include <array>

namespace penstock {
namespace {

TEST(MemorySourceTest, GivesItsBytesInPiecesAndThenNothing) {
  MemorySource source("hello world");
  std::array<char, 4> into;
  std::string got;
  while (const std::size_t size = source.read(into).value()) got.append(into.data(), size);
  EXPECT_EQ(got, "hello world");
  EXPECT_EQ(source.read(into).value(), 0u);
}

TEST(MemorySourceTest, KeepsItsPlaceWhenMoved) {
  MemorySource source("abcdef");
  std::array<char, 2> into;
  ASSERT_EQ(source.read(into).value(), 2u);
  MemorySource moved(std::move(source));
  EXPECT_EQ(read_all(moved, 100).value(), "cdef");
}

TEST(MemorySourceTest, ViewsBytesOfOthers) {
  const std::string bytes(1000000, 'x');
  auto source = MemorySource::view(bytes);
  EXPECT_EQ(read_all(source, bytes.size()).value(), bytes);
}

TEST(ReadAllTest, RefusesMoreThanTheLimit) {
  MemorySource source("hello");
  const auto bytes = read_all(source, 4);
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().code, ErrorCode::Exhausted);
  EXPECT_EQ(bytes.error().message, "more than 4 B to read");
}

}  // namespace
}  // namespace penstock

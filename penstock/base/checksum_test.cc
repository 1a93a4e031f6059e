#include "penstock/base/checksum.h"

#include <gtest/gtest.h>

#include "penstock/base/base64.h"

namespace penstock {
namespace {

TEST(Crc64, IsThatOfEcma182Reflected) {
  EXPECT_EQ(crc64(0, "123456789"), 0x995dc9bbdf1939faULL);
  EXPECT_EQ(crc64(crc64(0, "1234"), "56789"), crc64(0, "123456789"));
  EXPECT_EQ(crc64_text(0x1f), "crc64:000000000000001f");
}

TEST(Base64, GoesThereAndBack) {
  EXPECT_EQ(base64_encode("Man"), "TWFu");
  EXPECT_EQ(base64_encode("Ma"), "TWE=");
  EXPECT_EQ(base64_encode("M"), "TQ==");
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    bytes += char(i);
  }
}

TEST(Base64, OtherTextIsNone) {
  EXPECT_EQ(base64_decode("TWE"), std::nullopt);
  EXPECT_EQ(base64_decode("T*E="), std::nullopt);
  EXPECT_EQ(base64_decode("T==="), std::nullopt);
}

}  // namespace
}  // namespace penstock

#include "penstock/base/md5.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

// RFC 1321, appendix A.5.
TEST(Md5Test, DigestsTheVectorsOfTheRfc) {
  EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_hex("a"), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5_hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(md5_hex("abcdefghijklmnopqrstuvwxyz"), "c3fcd3d76192e4007dfb496cca67e13b");
  EXPECT_EQ(md5_hex("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
            "d174ab98d277d9f5a5611c2c9f419d9f");
  EXPECT_EQ(
      md5_hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
      "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(Md5Test, DigestsTheSameInPieces) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += char(i * 7);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    for (const std::size_t cut : {std::size_t(0), size / 3, size / 2, size}) {
      Md5 md5;
      md5.update(std::string_view(text).substr(0, cut));
      md5.update(std::string_view(text).substr(cut, size - cut));
      ASSERT_EQ(md5.hex_digest(), md5_hex(std::string_view(text).substr(0, size)))
          << size << " " << cut;
    }
  }
}

TEST(Md5Test, PadsAroundTheEndOfABlock) {
  EXPECT_EQ(md5_hex(std::string(55, 'x')), "04364420e25c512fd958a70738aa8f72");
  EXPECT_EQ(md5_hex(std::string(56, 'x')), "668a72d5ba17f08e62dabcafad6db14b");
  EXPECT_EQ(md5_hex(std::string(64, 'x')), "c1bb4f81d892b2d57947682aeb252456");
}

}  // namespace
}  // namespace penstock

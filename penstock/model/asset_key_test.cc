#include "penstock/model/asset_key.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(AssetKey, HasPartsThatCanBeNames) {
  for (const auto* key : {"hourly", "a/b", "core/epa cems", "Ł", "a\\/b", "a\\\\", "...", "a/.b"})
    EXPECT_EQ(mistake_in_asset_key(key), "") << key;
  EXPECT_EQ(mistake_in_asset_key(""), "it is empty");
  for (const auto* key : {"/", "a//b", "/a", "a/"})
    EXPECT_EQ(mistake_in_asset_key(key), "it has an empty part") << key;
  EXPECT_EQ(mistake_in_asset_key("."), "it has the part \".\"");
  EXPECT_EQ(mistake_in_asset_key("a/../b"), "it has the part \"..\"");
  EXPECT_EQ(mistake_in_asset_key("a\nb"), "it has a control character");
  EXPECT_EQ(mistake_in_asset_key("a\x7f"), "it has a control character");
  for (const auto* key : {"a\\", "a\\b"})
    EXPECT_EQ(mistake_in_asset_key(key), "a backslash in it is before neither / nor another one")
        << key;
}

}  // namespace
}  // namespace penstock

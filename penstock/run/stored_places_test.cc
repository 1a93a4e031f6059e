#include "penstock/run/stored_places.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

std::string refusal(StoredPlaces& places, const std::filesystem::path& path,
                    const PlaceOwner& owner) {
  const auto taken = places.take(path, owner);
  return taken.ok() ? "" : taken.error().message;
}

TEST(StoredPlaces, BelongToOneOutput) {
  StoredPlaces places;
  EXPECT_EQ(refusal(places, "out/a", {"load", 0, "result", ""}), "");
  EXPECT_EQ(refusal(places, "out/b", {"load", 0, "rest", ""}), "");
  EXPECT_EQ(refusal(places, "out/sub/../a", {"copy", 0, "result", ""}),
            "output \"result\" of step \"copy\" would replace output \"result\" of step \"load\", "
            "which this run stored in out/sub/../a; give each a path of its own, such as with "
            "{step}, {output} or {key}");
  EXPECT_NE(refusal(places, std::filesystem::absolute("out/b"), {"load", 0, "result", ""}), "");
}

TEST(StoredPlaces, AreFreeForLaterAttempts) {
  StoredPlaces places;
  EXPECT_EQ(refusal(places, "a", {"load", 0, "result", ""}), "");
  EXPECT_EQ(refusal(places, "a", {"load", 1, "rest", ""}), "") << "the attempt before gave nothing";
  EXPECT_NE(refusal(places, "a", {"load", 1, "result", ""}), "");
  EXPECT_EQ(refusal(places, "i", {"parts", 0, "result", "a"}), "");
  EXPECT_EQ(refusal(places, "i", {"parts", 1, "result", "a"}), "");
  EXPECT_NE(refusal(places, "i", {"parts", 1, "result", "b"}), "") << "items stay";
}

TEST(StoredPlaces, AreGivenBackByWhoeverHasThem) {
  StoredPlaces places;
  EXPECT_EQ(refusal(places, "a", {"load", 1, "result", ""}), "");
  places.give_back("a", {"load", 0, "result", ""});
  EXPECT_NE(refusal(places, "a", {"fallback", 0, "result", ""}), "");
  places.give_back("a", {"load", 1, "result", ""});
  EXPECT_EQ(refusal(places, "a", {"fallback", 0, "result", ""}), "");
}

}  // namespace
}  // namespace penstock

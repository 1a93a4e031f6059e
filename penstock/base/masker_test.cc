#include "penstock/base/masker.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Masker, HidesASecretInEveryFormInWhichItIsMet) {
  const Masker masker({"p\"ss w/rd+1"});
  EXPECT_EQ(masker.masked("as it is: p\"ss w/rd+1!"), "as it is: ****!");
  EXPECT_EQ(masker.masked(R"({"password":"p\"ss w/rd+1"})"), R"({"password":"****"})");
  EXPECT_EQ(masker.masked("?p=p%22ss%20w%2Frd%2B1&x"), "?p=****&x");
  EXPECT_EQ(masker.masked("?p=p%22ss%20w%2frd%2b1"), "?p=****");
  EXPECT_EQ(masker.masked("nothing of p\"ss w/rd+2"), "nothing of p\"ss w/rd+2");
}

TEST(Masker, FindsBase64OfALongerTextAtEveryAlignment) {
  const Masker masker({"hunter2-canary"});
  // base64 of "hunter2-canary", "u:hunter2-canary", "me:hunter2-canary!"
  EXPECT_EQ(masker.masked("aHVudGVyMi1jYW5hcnk="), "****k=");
  EXPECT_EQ(masker.masked("Basic dTpodW50ZXIyLWNhbmFyeQ=="), "Basic dTp****Q==");
  EXPECT_EQ(masker.masked("bWU6aHVudGVyMi1jYW5hcnkh"), "bWU6****kh");
}

TEST(Masker, SecretsThatOverlapAreHiddenWhole) {
  const Masker masker({"abcdefgh", "efghijkl", "cdefgh"});
  EXPECT_EQ(masker.masked("xabcdefghijkly"), "x****y");
  EXPECT_EQ(masker.masked("cdefgh cdefgh"), "**** ****");
}

TEST(Masker, LeavesShortSecretsAndCostsNothingWithout) {
  EXPECT_TRUE(Masker({"short"}).empty());
  EXPECT_TRUE(Masker().empty());
  std::string text = "short";
  EXPECT_FALSE(Masker({"short"}).mask(text));
  EXPECT_EQ(text, "short");
}

TEST(Masker, KnowsTheLinesOfASecretOfSeveral) {
  const Masker masker({"-----KEY-----\nMIIBVgIBADAN\nend"});
  EXPECT_EQ(masker.masked("line: MIIBVgIBADAN"), "line: ****");
  EXPECT_EQ(masker.masked("the end"), "the end");
}

}  // namespace
}  // namespace penstock

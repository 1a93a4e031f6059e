#include "pipelines/cems/datapackage.h"

#include <gtest/gtest.h>

#include <penstock/base/files.h>

#include "pipelines/cems/test_support.h"

namespace cems {
namespace {

constexpr std::string_view kMd5 = "aae26257ec3e5775a4a4d29b3d6c2378";

std::string resource(const std::string& name, const std::string& parts) {
  return "{\"name\": \"" + name + "\", \"path\": \"" + name + "\", \"bytes\": 5, \"hash\": \"" +
         std::string(kMd5) + "\", \"surplus\": 1, \"parts\": " + parts + "}";
}

penstock::Result<Descriptor> parse(const std::string& resources) {
  return Descriptor::parse("{\"resources\": [" + resources + "]}");
}

std::string parse_error(const std::string& resources) {
  const auto parsed = parse(resources);
  EXPECT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().kind, "descriptor_invalid");
  return parsed.error().message;
}

TEST(Descriptor, FindsNumbersAndTextsAlike) {
  const auto descriptor = parse(resource("a.zip", R"({"year": 2017, "state": "id"})") + "," +
                                resource("b.zip", R"({"year": "2018", "state": "id"})"))
                              .value();
  EXPECT_EQ(descriptor.find({2017, "ID"}).value()->name, "a.zip");
  EXPECT_EQ(descriptor.find({2018, "ID"}).value()->name, "b.zip");
  EXPECT_EQ(descriptor.state_years(), (std::vector<Partition>{{2017, "ID"}, {2018, "ID"}}));
}

TEST(Descriptor, FindsQuartersInLists) {
  const auto descriptor = parse(resource("a.zip", R"({"year_quarter": ["2020q3", "2020q4"]})") +
                                "," + resource("b.zip", R"({"year_quarter": "2021q1"})"))
                              .value();
  EXPECT_EQ(descriptor.find({2020, "", 4}).value()->name, "a.zip");
  EXPECT_EQ(descriptor.find({2021, "", 1}).value()->name, "b.zip");
  EXPECT_EQ(descriptor.find({2021, "", 2}).error().message,
            "no archive for year_quarter=2021q2; there are the quarters 2020q3, 2020q4, 2021q1");
}

TEST(Descriptor, SaysWhatExistsInsteadOfAMissingPartition) {
  const auto text = R"({"year": 2020, "state": ")";
  const auto descriptor = parse(resource("1", R"({"year": 2017, "state": "me"})") + "," +
                                resource("2", std::string(text) + "wa\"}") + "," +
                                resource("3", std::string(text) + "or\"}") + "," +
                                resource("4", std::string(text) + "id\"}") + "," +
                                resource("5", std::string(text) + "mt\"}"))
                              .value();
  const auto found = descriptor.find({2020, "ME"});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, "partition_missing");
  EXPECT_EQ(found.error().message,
            "no archive for year=2020, state=me; state me has years 2017; "
            "year 2020 has states id, mt, or, wa");
  EXPECT_EQ(
      descriptor.find({1999, "AL"}).error().message,
      "no archive for year=1999, state=al; state al has years none; year 1999 has states none");
}

TEST(Descriptor, NamesArchivesThatAreOneTooMany) {
  const auto parts = R"({"year": 2017, "state": "id"})";
  const auto found =
      parse(resource("a.zip", parts) + "," + resource("b.zip", parts)).value().find({2017, "ID"});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, "partition_ambiguous");
  EXPECT_EQ(found.error().message,
            "2 archives for year=2017, state=id: a.zip, b.zip; expected one");
}

TEST(Descriptor, SaysWhatAResourceLacks) {
  const auto good = resource("a.zip", "{}");
  EXPECT_EQ(
      parse_error(good + "," + good + R"(,{"name": "c", "path": "c", "bytes": 1, "parts": {}})"),
      "datapackage.json: resource 3 has no \"hash\"");
  EXPECT_EQ(parse_error("3"), "datapackage.json: resource 1 is no object");
  EXPECT_EQ(Descriptor::parse("{").error().message, "datapackage.json: is no valid JSON");
  EXPECT_EQ(Descriptor::parse("{}").error().message, "datapackage.json: has no list \"resources\"");
}

TEST(Descriptor, RefusesPathsThatLeaveTheFolder) {
  for (const auto* path : {"../a.zip", "/etc/passwd", "x/../../a.zip", "", "a\\\\b.zip"})
    EXPECT_NE(parse_error(resource(path, "{}")).find("expected a relative path inside the folder"),
              std::string::npos)
        << path;
  EXPECT_TRUE(parse(resource("sub/a.zip", "{}")).ok());
}

TEST(Descriptor, ReadsTheOneThatIsCheckedIn) {
  const auto text = penstock::read_file(testing::data_folder() / "datapackage.json").value();
  const auto descriptor = Descriptor::parse(text).value();
  EXPECT_EQ(descriptor.entries().size(), 5u);
  EXPECT_EQ(descriptor.find({2017, "ID"}).value()->md5, kMd5);
}

}  // namespace
}  // namespace cems

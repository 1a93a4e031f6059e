// Tests of the tables that all partitions share: unit ids, time zones, crosswalk.
#include <gtest/gtest.h>

#include "pipelines/cems/crosswalk.h"
#include "pipelines/cems/test_support.h"
#include "pipelines/cems/time_zones.h"
#include "pipelines/cems/unit_id.h"

namespace cems {
namespace {

int hours(std::string_view zone) { return int(reference_offset(zone).value().count() / 3600); }

TEST(UnitId, LosesLeadingZerosOnlyIfAllDigits) {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"0001", "1"},      {"1", "1"},         {"0", ""},      {"00", ""},
      {"000", ""},        {"0A1", "0A1"},     {"01A", "01A"}, {"10", "10"},
      {"007-1", "007-1"}, {"**GT3", "**GT3"}, {"", ""}};
  for (const auto& [id, stripped] : expected) EXPECT_EQ(strip_zeros(id), stripped) << id;
}

TEST(TimeZones, TakeTheOffsetOfOneDay) {
  for (const auto* zone : {"Petersburg", "Vincennes", "Winamac", "Indianapolis"})
    EXPECT_EQ(hours("America/Indiana/" + std::string(zone)), -5) << zone;
  for (const auto* zone : {"Indiana/Knox", "Indiana/Tell_City", "Menominee", "North_Dakota/Center",
                           "North_Dakota/New_Salem", "North_Dakota/Beulah"})
    EXPECT_EQ(hours("America/" + std::string(zone)), -6) << zone;
  EXPECT_EQ(hours("America/Boise"), -7);
  EXPECT_EQ(hours("America/Phoenix"), -7);
  EXPECT_EQ(hours("America/Metlakatla"), -8);
  EXPECT_EQ(hours("America/Juneau"), -9);
  EXPECT_EQ(hours("America/Adak"), -10);
  EXPECT_EQ(hours("America/Puerto_Rico"), -4);
  EXPECT_FALSE(reference_offset("America/Nowhere"));
}

std::string zones_error(const std::string& lines) {
  const auto zones =
      TimeZones::read(std::make_unique<penstock::MemorySource>("plant_id_eia,timezone\n" + lines),
                      "plant_timezones_2017.csv");
  EXPECT_FALSE(zones.ok());
  EXPECT_EQ(zones.error().kind, "timezones_invalid");
  return zones.error().message;
}

TEST(TimeZones, RefuseDuplicatesAndUnknownZones) {
  EXPECT_EQ(zones_error("1,America/Boise\n5,America/Boise\n\n5,America/Boise\n").substr(0, 33),
            "plant_timezones_2017.csv line 4: ");
  EXPECT_EQ(zones_error("5,America/Boise\n7,America/Boise\n5,America/Denver\n"),
            "plant_timezones_2017.csv line 4: plant 5 is listed twice");
  EXPECT_EQ(zones_error("5,America/Nowhere\n"),
            "plant_timezones_2017.csv line 2: \"America/Nowhere\" is not a time zone");
  EXPECT_EQ(zones_error("x,America/Boise\n").find("plant_timezones_2017.csv line 2, plant_id_eia"),
            0u);
}

TEST(TimeZones, CountPlantsWithoutZoneAsAbsent) {
  const auto zones = testing::zones_of("5,\n7,America/Boise\n");
  EXPECT_FALSE(zones.offset(5));
  EXPECT_EQ(zones.offset(7), std::chrono::hours(-7));
}

TEST(TimeZones, ReadTheTableThatIsCheckedIn) {
  const auto zones =
      TimeZones::open(testing::data_folder() / "reference/plant_timezones_2017.csv").value();
  EXPECT_EQ(zones.size(), 1719u);
  EXPECT_EQ(zones.offset(3), std::chrono::hours(-6));
}

TEST(Crosswalk, ReadsTheTableThatIsCheckedIn) {
  const auto crosswalk =
      Crosswalk::open(testing::data_folder() / "reference/epa_eia_crosswalk.csv").value();
  EXPECT_EQ(crosswalk.size(), 4894u);
  EXPECT_EQ(crosswalk.dropped(), 842u);
  EXPECT_EQ(crosswalk.plant_of(7254, "32432"), 7294);
  EXPECT_EQ(crosswalk.plant_of(7350, "CTG2"), 7931);
  EXPECT_EQ(crosswalk.plant_of(1111, "no-match"), std::nullopt);
}

TEST(Crosswalk, AcceptsOneRowPerGenerator) {
  const auto crosswalk = testing::crosswalk_of("2713,01A,58697\n2713,01A,58697\n3,0001,3\n10,2,\n");
  EXPECT_EQ(crosswalk.size(), 2u);
  EXPECT_EQ(crosswalk.plant_of(3, "1"), 3);
  EXPECT_EQ(crosswalk.plant_of(10, "2"), std::nullopt);
}

TEST(Crosswalk, RefusesAUnitWithTwoPlants) {
  const auto crosswalk =
      Crosswalk::read(std::make_unique<penstock::MemorySource>(
                          "CAMD_PLANT_ID,CAMD_UNIT_ID,EIA_PLANT_ID\n3,1,3\n3,001,4\n"),
                      "crosswalk.csv");
  ASSERT_FALSE(crosswalk.ok());
  EXPECT_EQ(crosswalk.error().kind, "crosswalk_not_many_to_one");
  EXPECT_EQ(crosswalk.error().to_string(),
            "crosswalk.csv: unit \"1\" of plant 3 belongs to EIA plants 3 and 4; expected one");
}

}  // namespace
}  // namespace cems

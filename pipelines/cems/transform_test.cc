#include "pipelines/cems/transform.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <penstock/base/clock.h>

#include "pipelines/cems/layouts.h"
#include "pipelines/cems/test_support.h"

namespace cems {
namespace {

using penstock::Frame;
using testing::crosswalk_of;
using testing::monthly_csv;
using testing::read_csv;
using testing::ReadOptions;
using testing::Row;
using testing::zones_of;

/// Tables in which every test plant has a zone.
struct Tables {
  TimeZones zones =
      zones_of("3,America/Boise\n10,America/Boise\n1111,America/Boise\n58697,America/Boise\n");
  Crosswalk crosswalk = crosswalk_of("2713,01A,58697\n3,1,3\n10,2,10\n");
  Lookups lookups() const { return {.crosswalk = &crosswalk, .zones = &zones}; }
};

HourlyTable transform(const std::vector<Row>& rows, const ReadOptions& options = {},
                      const Tables& tables = {}) {
  return transform_hours(read_csv(monthly_csv(rows), options).value(), tables.lookups()).value();
}

/// A number as text, `-` for null.
std::string show(const Frame& frame, std::string_view field, std::int64_t row) {
  const auto& column = *frame.find(field);
  if (column.is_null(row)) return "-";
  if (column.type == penstock::DataType::Category) return std::string(column.text(row));
  const auto at = std::size_t(row);
  if (column.type == penstock::DataType::Int32)
    return std::to_string(column.get<std::int32_t>()[at]);
  return std::to_string(column.get<float>()[at]);
}

std::string first_start(const HourlyTable& table) {
  const auto& column = *table.frame.find("operating_datetime_utc");
  const auto ticks = std::chrono::milliseconds(column.get<std::int64_t>()[0]);
  return penstock::to_rfc3339(penstock::Time(ticks)).substr(0, 19) + "Z";
}

TEST(Transform, TurnsLocalStandardTimeIntoUtc) {
  const auto start = [](const char* zone, const char* date, const char* hour, int year) {
    const Tables tables{.zones = zones_of("3," + std::string(zone) + "\n")};
    return first_start(
        transform({{.date = date, .hour = hour}}, {.partition = {year, "ID"}}, tables));
  };
  EXPECT_EQ(start("America/Boise", "01-31-2020", "5", 2020), "2020-01-31T12:00:00Z");
  EXPECT_EQ(start("America/Los_Angeles", "12-31-2020", "23", 2020), "2021-01-01T07:00:00Z");
  EXPECT_EQ(start("America/New_York", "07-04-2015", "0", 2015), "2015-07-04T05:00:00Z");
  EXPECT_EQ(start("America/Phoenix", "02-29-2020", "12", 2020), "2020-02-29T19:00:00Z");
}

TEST(Transform, TakesTheYearFromThePartition) {
  const auto table = transform({{.date = "12-31-2020", .hour = "23"}}, {.partition = {2020, "ID"}});
  EXPECT_EQ(show(table.frame, "year", 0), "2020");
}

TEST(Transform, TakesLargeLoadsForKilowatts) {
  const auto load = [](const char* text) {
    const auto table = transform({{.time = "1", .load = text}});
    return show(table.frame, "gross_load_mw", 0) + " " + std::to_string(table.load_rule_hits);
  };
  EXPECT_EQ(load("1999.9"), std::to_string(1999.9f) + " 0");
  EXPECT_EQ(load("2000"), "2000.000000 0");
  EXPECT_EQ(load("2000.1"), std::to_string(2.0001f) + " 1");
  EXPECT_EQ(load("2500000"), "2500.000000 1");
  EXPECT_EQ(load(""), "- 0");
}

TEST(Transform, FillsNullsOnlyInThePrototype) {
  const auto now = transform({{.time = "1"}, {.hour = "1"}});
  const auto then = transform({{.time = "1"}, {.hour = "1"}}, {.layout = Layout::Prototype});
  for (const std::int64_t row : {0, 1}) {
    EXPECT_EQ(show(now.frame, "gross_load_mw", row), "-");
    EXPECT_EQ(show(now.frame, "heat_content_mmbtu", row), "-");
    EXPECT_EQ(show(now.frame, "co2_mass_tons", row), "-");
    EXPECT_EQ(show(then.frame, "gross_load_mw", row), "0.000000");
    EXPECT_EQ(show(then.frame, "heat_content_mmbtu", row), "0.000000");
    EXPECT_EQ(show(then.frame, "co2_mass_tons", row), "-");
  }
}

TEST(Transform, ConvertsSteamOnlyInTheCurrentLayout) {
  EXPECT_EQ(show(transform({{.time = "1", .steam = "317"}}).frame, "steam_load_lbs", 0),
            "317000.000000");
  const auto then = transform({{.time = "1", .steam = "317"}}, {.layout = Layout::Prototype});
  EXPECT_EQ(show(then.frame, "steam_load_1000_lbs", 0), "317.000000");
}

TEST(Transform, StripsZerosOnlyInTheCurrentLayout) {
  const auto unit = [](const char* id, Layout layout, const char* column) {
    return show(transform({{.unit = id}}, {.layout = layout}).frame, column, 0);
  };
  EXPECT_EQ(unit("0001", Layout::Current, "emissions_unit_id_epa"), "1");
  EXPECT_EQ(unit("007-1", Layout::Current, "emissions_unit_id_epa"), "007-1");
  EXPECT_EQ(unit("0001", Layout::Prototype, "unitid"), "0001");
}

TEST(Transform, WarnsAboutIdsOfZerosAlone) {
  const auto table = transform({{.unit = "000"}});
  EXPECT_EQ(show(table.frame, "emissions_unit_id_epa", 0), "");
  EXPECT_EQ(table.warnings,
            std::vector<std::string>{"1 unit ids are zeros alone and became empty"});
}

TEST(Transform, HarmonizesPlants) {
  const auto table = transform({{.plant = "2713", .unit = "01A"},
                                {.plant = "3", .unit = "1"},
                                {.plant = "10", .unit = "2"},
                                {.plant = "1111", .unit = "no-match"}});
  std::map<std::string, std::string> plants;
  for (std::int64_t row = 0; row < 4; ++row)
    plants[show(table.frame, "plant_id_epa", row)] = show(table.frame, "plant_id_eia", row);
  EXPECT_EQ(plants, (std::map<std::string, std::string>{
                        {"2713", "58697"}, {"3", "3"}, {"10", "10"}, {"1111", "1111"}}));
  EXPECT_EQ(table.units.crosswalk_matches, 3);
  EXPECT_EQ(table.units.crosswalk_fallbacks, 1);
}

TEST(Transform, FallsBackToTheZoneOfEpasPlant) {
  const Tables tables{.zones = zones_of("2713,America/Boise\n")};
  const auto table = transform({{.plant = "2713", .unit = "01A", .hour = "5"}}, {}, tables);
  EXPECT_EQ(table.units.zone_fallbacks, 1);
  EXPECT_EQ(first_start(table), "2017-01-01T12:00:00Z");
}

TEST(Transform, ListsPlantsWithoutZoneInOrderOfAppearance) {
  const auto raw = read_csv(
      monthly_csv({{.plant = "5"}, {.plant = "3"}, {.plant = "7"}, {.plant = "5", .hour = "1"}}));
  const auto table = transform_hours(*raw, Tables().lookups());
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().kind, "timezone_missing");
  EXPECT_EQ(table.error().message, "no time zone is known for plants [5, 7]");
}

TEST(Transform, SortsByKeyWhateverTheOrderOfRows) {
  const std::vector<Row> rows = {{.plant = "10", .unit = "2"},
                                 {.plant = "3", .unit = "B"},
                                 {.plant = "3", .unit = "A", .hour = "3", .time = "1", .load = "3"},
                                 {.plant = "3", .unit = "10", .hour = "1"},
                                 {.plant = "3", .unit = "A", .hour = "1", .time = "1", .load = "1"},
                                 {.plant = "3", .unit = "A", .hour = "2"}};
  const auto table = transform(rows);
  std::string order;
  for (std::int64_t row = 0; row < table.frame.rows; ++row)
    order += show(table.frame, "plant_id_epa", row) +
             show(table.frame, "emissions_unit_id_epa", row) + ":" +
             show(table.frame, "gross_load_mw", row) + " ";
  EXPECT_EQ(order, "310:- 3A:1.000000 3A:- 3A:3.000000 3B:- 102:- ");
  auto shuffled = rows;
  std::ranges::reverse(shuffled);
  const auto again = transform(shuffled);
  EXPECT_EQ(again.frame.find("operating_datetime_utc")->get<std::int64_t>(),
            table.frame.find("operating_datetime_utc")->get<std::int64_t>());
}

TEST(Transform, RefusesDuplicateKeys) {
  const auto table = transform({{.hour = "23", .time = "1"}, {.hour = "23"}, {.hour = "22"}});
  const auto problem = first_problem(table);
  ASSERT_FALSE(problem.ok());
  EXPECT_EQ(problem.error().kind, "key_duplicate");
  EXPECT_EQ(problem.error().message,
            "2 rows share (plant_id_epa, emissions_unit_id_epa, operating_datetime_utc), "
            "e.g. (3, \"1\", 2017-01-02T06:00Z)");
}

TEST(Transform, TakesUnitsForOneThatDifferInLeadingZeros) {
  EXPECT_EQ(first_problem(transform({{.unit = "01"}, {.unit = "1"}})).error().kind,
            "key_duplicate");
  EXPECT_EQ(transform({{.unit = "01"}, {.unit = "1", .hour = "1"}}).unit_count, 1);
}

TEST(Transform, ExtendsTheDictionaryByUnknownCodes) {
  auto rows = testing::whole_day({.time = "1", .so2 = "1", .so2_code = "Measured"});
  rows[3].so2_code = "Guess";
  const auto table = transform(rows);
  EXPECT_EQ(show(table.frame, "so2_mass_measurement_code", 3), "Guess");
  EXPECT_EQ(table.frame.find("so2_mass_measurement_code")->dictionary->size(), 9u);
  EXPECT_EQ(table.frame.find("nox_mass_measurement_code")->dictionary->size(), 8u);
}

TEST(Transform, MakesTheColumnsOfEachLayout) {
  const auto now = transform({{}});
  EXPECT_EQ(now.frame.columns.size(), 16u);
  const auto then = transform({{.time = "1", .rate = ".5", .rate_code = "Calculated"}},
                              {.layout = Layout::Prototype});
  EXPECT_EQ(then.frame.columns.size(), 19u);
  EXPECT_EQ(show(then.frame, "facility_id", 0), "17");
  EXPECT_EQ(show(then.frame, "unit_id_epa", 0), "91");
  EXPECT_EQ(show(then.frame, "nox_rate_lbs_mmbtu", 0), "0.500000");
  EXPECT_EQ(show(then.frame, "nox_rate_measurement_code", 0), "Calculated");
  EXPECT_EQ(then.frame.find("operating_datetime_utc")->get<std::int64_t>()[0] % 3600, 0);
  for (const auto& table : {now, then})
    for (std::size_t i = 0; i < table.frame.columns.size(); ++i) {
      const auto type = table.frame.schema->fields[i].type;
      const auto held = table.frame.columns[i].type;
      EXPECT_TRUE(type == held ||
                  (type == penstock::DataType::Text && held == penstock::DataType::Category));
      EXPECT_EQ(table.frame.columns[i].size(), table.frame.rows);
    }
}

TEST(Transform, LeavesPathColumnsOutOfHiveFiles) {
  const Tables tables;
  const auto raw = read_csv(monthly_csv({{}}));
  const auto table = transform_hours(*raw, tables.lookups(), Files::Hive).value();
  EXPECT_EQ(table.frame.columns.size(), 14u);
  EXPECT_EQ(table.frame.find("year"), nullptr);
  EXPECT_EQ(table.frame.find("state"), nullptr);
}

TEST(Transform, HandlesNoRowsAtAll) {
  const auto table = transform({});
  EXPECT_EQ(table.frame.rows, 0);
  EXPECT_TRUE(first_problem(table).ok());
}

}  // namespace
}  // namespace cems

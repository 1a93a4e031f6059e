#include "pipelines/cems/checks.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "pipelines/cems/test_support.h"
#include "pipelines/cems/transform.h"

namespace cems {
namespace {

using penstock::CheckResult;
using penstock::CheckSeverity;
using testing::Row;
using testing::whole_day;

std::vector<CheckResult> checks_of(const std::vector<Row>& rows,
                                   const testing::ReadOptions& options = {}) {
  static const auto zones = testing::zones_of("3,America/Boise\n");
  const auto raw = testing::read_csv(testing::monthly_csv(rows), options).value();
  return transform_hours(raw, {.zones = &zones}).value().checks;
}

CheckResult find(const std::vector<CheckResult>& checks, std::string_view name) {
  const auto found = std::ranges::find(checks, name, &CheckResult::check);
  EXPECT_NE(found, checks.end()) << name;
  return *found;
}

CheckResult check(const std::string& name, const std::vector<Row>& rows) {
  return find(checks_of(rows), name);
}

/// All hours of January for one unit.
std::vector<Row> january(Row row = {}) {
  std::vector<Row> rows;
  for (int day = 1; day <= 31; ++day) {
    row.date = "01-" + std::to_string(day) + "-2017";
    const auto hours = whole_day(row);
    rows.insert(rows.end(), hours.begin(), hours.end());
  }
  return rows;
}

TEST(Checks, AllPassForAWholeMonth) {
  const auto checks = checks_of(january());
  EXPECT_EQ(checks.size(), 13u);
  for (const auto& one : checks) {
    EXPECT_TRUE(one.passed) << one.check << ": " << one.description;
    EXPECT_EQ(one.asset, "hourly_emissions");
    EXPECT_EQ(one.partition, "year=2017,state=ID");
  }
}

TEST(Checks, FindAMissingHour) {
  auto rows = january();
  rows.erase(rows.begin() + 100);
  const auto contiguous = check("hours_contiguous", rows);
  EXPECT_FALSE(contiguous.passed);
  EXPECT_EQ(contiguous.severity, CheckSeverity::Error);
  EXPECT_EQ(
      contiguous.description,
      "1 unit-months are incomplete, e.g. plant 3 unit \"1\" has 743 of 744 hours of month 01");
  EXPECT_EQ(check("whole_days", rows).description,
            "1 units have no multiple of 24 rows, e.g. plant 3 unit \"1\" has 743 rows");
}

TEST(Checks, FindRowsOfAnotherPartition) {
  auto rows = january();
  rows[7].state = "WA";
  EXPECT_EQ(check("partition_consistent", rows).description,
            "1 rows belong elsewhere, e.g. plant 3 unit \"1\" has state \"WA\"");
  rows = january();
  rows.push_back({.date = "02-01-2017"});
  EXPECT_EQ(check("partition_consistent", rows).description,
            "1 rows belong elsewhere, e.g. (3, \"1\", 2017-01-01T07:00Z) in the file of month 01");
  rows = {{.date = "01-01-2018"}};
  EXPECT_FALSE(check("partition_consistent", rows).passed);
}

TEST(Checks, AQuarterHasTheStatesOfItsLayout) {
  const auto consistent = [](const std::string& state, Layout layout) {
    testing::ReadOptions options;
    options.layout = layout;
    options.partition = {.year = 2017, .state = "", .quarter = 1};
    return find(checks_of(january({.state = state}), options), "partition_consistent");
  };
  for (const auto* state : {"GU", "XX", "Idaho", "id", "AS", "MP", "VI", " ID"}) {
    const auto check = consistent(state, Layout::Current);
    EXPECT_FALSE(check.passed) << state;
    EXPECT_EQ(check.severity, CheckSeverity::Error);
    EXPECT_EQ(check.description, "744 rows belong elsewhere, e.g. plant 3 unit \"1\" has state \"" +
                                     std::string(state) + "\"");
  }
  for (const auto* state : {"ID", "AK", "HI", "PR", "DC"})
    EXPECT_TRUE(consistent(state, Layout::Current).passed) << state;
  EXPECT_FALSE(consistent("AK", Layout::Prototype).passed);
  EXPECT_TRUE(consistent("DC", Layout::Prototype).passed);
}

TEST(Checks, FindGapsOfMonths) {
  const auto months = check("months_contiguous", {{.date = "01-01-2017"}, {.date = "03-01-2017"}});
  EXPECT_FALSE(months.passed);
  EXPECT_EQ(months.severity, CheckSeverity::Warn);
  EXPECT_EQ(months.description,
            "1 units have gaps of months, e.g. plant 3 unit \"1\" has months 01, 03");
}

TEST(Checks, FindUnknownCodes) {
  const auto codes = check("codes_known", {{.time = "1", .so2 = "1", .so2_code = "Guess"}});
  EXPECT_FALSE(codes.passed);
  EXPECT_EQ(codes.severity, CheckSeverity::Error);
  EXPECT_EQ(
      codes.description,
      "1 measurement codes are unknown, e.g. (3, \"1\", 2017-01-01T07:00Z) has code \"Guess\"");
}

TEST(Checks, FindCodesWithoutValues) {
  EXPECT_EQ(
      check("codes_match_values", {{.time = "1", .nox_code = "LME"}}).description,
      "1 masses and codes do not match, e.g. (3, \"1\", 2017-01-01T07:00Z) NOX_MASS has a code "
      "without a value");
  EXPECT_EQ(check("codes_match_values", {{.time = "1", .nox = "4"}}).metadata[1].second.as_int(),
            1);
}

TEST(Checks, FindIdleHoursWithMeasures) {
  EXPECT_FALSE(check("idle_rows_empty", {{.time = "0", .load = "1"}}).passed);
  EXPECT_FALSE(check("idle_rows_empty", {{.time = "", .so2_code = "LME"}}).passed);
  EXPECT_TRUE(check("idle_rows_empty", {{.time = ".01", .load = "1"}}).passed);
}

TEST(Checks, FindValuesOutOfRange) {
  EXPECT_EQ(check("value_ranges", {{.time = "1.5"}}).description,
            "1 values are out of range, e.g. (3, \"1\", 2017-01-01T07:00Z) OP_TIME is 1.5, "
            "expected 0 to 1");
  EXPECT_TRUE(check("value_ranges", {{.time = "1", .load = "2500"}}).passed);
  EXPECT_FALSE(check("value_ranges", {{.time = "1", .load = "-1"}}).passed);
  EXPECT_FALSE(check("value_ranges", {{.time = "1", .steam = "10001"}}).passed);
  EXPECT_TRUE(check("value_ranges", {{.time = "1", .steam = "10000"}}).passed);
}

TEST(Checks, KeepAtMostTenExamples) {
  const auto ranges = check("value_ranges", whole_day({.time = "2"}));
  EXPECT_EQ(ranges.metadata[1], (std::pair<std::string, penstock::MetadataValue>{"failures", 24}));
  EXPECT_EQ(std::ranges::count(ranges.metadata[2].second.as_text(), 'Z'), 10);
}

TEST(Checks, CompareKnownArchives) {
  auto raw = testing::read_csv(testing::monthly_csv(january())).value();
  raw.sources = {{.name = "epacems-2017-id.zip", .md5 = "aae26257ec3e5775a4a4d29b3d6c2378"}};
  static const auto zones = testing::zones_of("3,America/Boise\n");
  const auto found = find(transform_hours(raw, {.zones = &zones})->checks, "rows_per_partition");
  EXPECT_FALSE(found.passed);
  EXPECT_NE(found.description.find("epacems-2017-id.zip has 744 rows, expected 70080"),
            std::string::npos);
}

TEST(TableChecks, FindColumnsThatAreEmptyEverywhere) {
  const std::vector<LoadedFacts> loaded = {
      {{2017, "ID"}, 10, {{"steam", 10}, {"load", 3}, {"ghost", 10}}},
      {{2017, "ME"}, 20, {{"steam", 19}, {"load", 20}, {"ghost", 20}}}};
  const auto found = check_column_not_empty(loaded);
  EXPECT_FALSE(found.passed);
  EXPECT_EQ(found.description, "1 columns are null in every row, e.g. ghost");
}

TEST(TableChecks, CompareOnlyWholeYears) {
  std::vector<LoadedFacts> loaded;
  for (const auto& state : states_of(Layout::Prototype)) loaded.push_back({{2017, state}, 752'964});
  EXPECT_TRUE(check_rows_per_year(loaded).passed);
  loaded[0].rows += 400'000;
  EXPECT_EQ(check_rows_per_year(loaded).description,
            "1 years have another number of rows than published, e.g. year 2017 has 37295236 rows, "
            "published are 36895272");
  loaded.pop_back();
  EXPECT_TRUE(check_rows_per_year(loaded).passed);
}

}  // namespace
}  // namespace cems

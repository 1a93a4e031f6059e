#include "pipelines/cems/settings.h"

#include <gtest/gtest.h>

namespace cems {
namespace {

std::string message(const Settings& settings) {
  const auto scope = check_settings(settings);
  if (scope) return "accepted";
  EXPECT_EQ(scope.error().kind, "settings_invalid");
  EXPECT_EQ(scope.error().code, penstock::ErrorCode::Config);
  return scope.error().message;
}

std::vector<std::string> states(const Settings& settings) {
  std::vector<std::string> found;
  const auto scope = check_settings(settings).value();
  for (const auto& partition : scope.partitions) found.push_back(partition.state);
  return found;
}

TEST(Settings, NameStatesThatDoNotExist) {
  EXPECT_EQ(message({.states = {"XX"}}),
            "states [\"XX\"] are not available; expected two-letter codes from AK to WY, or all");
  EXPECT_EQ(message({.states = {"XX"}, .layout = Layout::Prototype}),
            "states [\"XX\"] are not available; expected two-letter codes from AL to WY, or all");
}

TEST(Settings, NameYearsThatDoNotExist) {
  EXPECT_EQ(message({.years = {1994}}),
            "years [1994] are not available; expected years from 1995 to 2026");
  EXPECT_EQ(message({.years = {}}), "years are empty; expected years from 1995 to 2026");
  EXPECT_EQ(message({.years = {2021}, .layout = Layout::Prototype}),
            "years [2021] are not available; expected years from 1995 to 2020");
}

TEST(Settings, NameQuartersThatDoNotExist) {
  EXPECT_EQ(message({.quarters = {"2020q5", "2020q4", "1994Q4"}}),
            "quarters [\"2020q5\", \"1994Q4\"] are not available; expected 1995q1 to 2026q4");
}

TEST(Settings, SortAndDeduplicateStates) {
  EXPECT_EQ(states({.states = {"CA", "ca", "AL"}}), (std::vector<std::string>{"AL", "CA"}));
}

TEST(Settings, ExpandAllStates) {
  EXPECT_EQ(states({.states = {"all"}}).size(), 52u);
  EXPECT_EQ(states({.states = {"ALL"}, .layout = Layout::Prototype}).size(), 49u);
  EXPECT_EQ(message({.states = {"all", "ID"}}),
            "states [\"all\", \"ID\"] name all and others; expected two-letter codes from AK to "
            "WY, or all");
}

TEST(Settings, KnowStatesByLayout) {
  EXPECT_NE(message({.states = {"HI"}, .layout = Layout::Prototype}), "accepted");
  EXPECT_EQ(message({.states = {"HI"}}), "accepted");
}

TEST(Settings, OrderPartitionsByYearThenState) {
  const auto scope = check_settings({.years = {2020, 2017}, .states = {"ME", "ID"}}).value();
  const std::vector<Partition> expected = {{2017, "ID"}, {2017, "ME"}, {2020, "ID"}, {2020, "ME"}};
  EXPECT_EQ(scope.partitions, expected);
}

TEST(Settings, TakeQuartersInsteadOfYearsAndStates) {
  const auto scope = check_settings({.quarters = {"2021q1", "2020q4"}}).value();
  EXPECT_EQ(scope.partitions, (std::vector<Partition>{{2020, "", 4}, {2021, "", 1}}));
  EXPECT_EQ(message({.years = {2020}, .quarters = {"2020q4"}}),
            "quarters are set together with years or states; expected one or the other");
}

TEST(Settings, ReportAllProblemsTogether) {
  EXPECT_EQ(message({.years = {1994}, .states = {"XX"}, .row_group_rows = 0}),
            "years [1994] are not available; expected years from 1995 to 2026\n"
            "states [\"XX\"] are not available; expected two-letter codes from AK to WY, or all\n"
            "row_group_rows 0 is out of range; expected 1 to 100000");
}

TEST(Settings, RefuseToConsolidateHiveFiles) {
  EXPECT_EQ(message({.files = Files::Hive, .consolidate = true}),
            "consolidate needs files \"flat\": the form \"hive\" does not store year and state");
}

TEST(Settings, CheckSupplements) {
  Settings settings{.years = {2020}, .states = {"OR"}, .supplements = {{2020, "or", 13, "a.csv"}}};
  EXPECT_EQ(message(settings), "supplement \"a.csv\": month 13 does not exist; expected 1 to 12");
  settings.supplements = {{2017, "OR", 11, "a.csv"}};
  EXPECT_EQ(
      message(settings),
      "supplement \"a.csv\": year=2017, state=or is not among the years and states of this run");
  settings.supplements = {{2020, "or", 11, "a.csv"}};
  EXPECT_EQ(check_settings(settings).value().supplements.at({2020, "OR"}).at(11), "a.csv");
}

}  // namespace
}  // namespace cems

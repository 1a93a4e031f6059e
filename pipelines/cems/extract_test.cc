#include "pipelines/cems/extract.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pipelines/cems/test_support.h"

namespace cems {
namespace {

using testing::monthly_csv;
using testing::monthly_header;
using testing::quoted_line;
using testing::read_csv;
using testing::Row;

std::string error_of(const penstock::Result<RawHours>& raw, std::string_view kind) {
  if (raw.ok()) return "no error";
  EXPECT_EQ(raw.error().kind, kind);
  return raw.error().message;
}

std::string without(std::string text, const std::string& part, const std::string& instead = "") {
  const auto at = text.find(part);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, part.size(), instead);
}

TEST(Extract, KeepsRunsOfHours) {
  auto rows = testing::whole_day({});
  rows[5].time = "1";
  rows[5].load = "450";
  rows[6].time = "";
  const auto raw = read_csv(monthly_csv(rows)).value();
  EXPECT_EQ(raw.rows, 24);
  ASSERT_EQ(raw.units.size(), 1u);
  EXPECT_EQ(raw.units[0].plant, 3);
  std::vector<std::pair<RunKind, std::uint32_t>> kinds;
  for (const auto& run : raw.runs) kinds.emplace_back(run.kind, run.count);
  const std::vector<std::pair<RunKind, std::uint32_t>> expected = {
      {RunKind::Idle, 5}, {RunKind::Measured, 1}, {RunKind::Empty, 1}, {RunKind::Idle, 17}};
  EXPECT_EQ(kinds, expected);
  EXPECT_EQ(raw.values(Measure::GrossLoad)[0], 450);
  EXPECT_TRUE(std::isnan(raw.values(Measure::HeatInput)[0]));
}

TEST(Extract, ReadsNumbersToTheNearestDouble) {
  const auto raw =
      read_csv(monthly_csv({{.time = ".4", .load = "26439.7", .heat = ".019", .so2 = "-1.5E+3"}}));
  EXPECT_EQ(raw->values(Measure::OperatingTime)[0], 0.4);
  EXPECT_EQ(raw->values(Measure::GrossLoad)[0], 26439.7);
  EXPECT_EQ(raw->values(Measure::HeatInput)[0], 0.019);
  EXPECT_EQ(raw->values(Measure::So2Mass)[0], -1500);
}

TEST(Extract, AcceptsAByteOrderMarkAndBothLineEnds) {
  auto text = "\xEF\xBB\xBF" + monthly_csv({{}, {.hour = "1"}});
  for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos; at += 2)
    text.insert(at, 1, '\r');
  text.resize(text.size() - 2);
  EXPECT_EQ(read_csv(text)->rows, 2);
}

TEST(Extract, AcceptsAFileOfOnlyAHeader) { EXPECT_EQ(read_csv(monthly_csv({}))->rows, 0); }

TEST(Extract, SplitsRunsAtGapsUnitsAndBackwardSteps) {
  const auto raw =
      read_csv(monthly_csv({{}, {.hour = "2"}, {.hour = "1"}, {.unit = "2", .hour = "2"}}));
  EXPECT_EQ(raw->runs.size(), 4u);
  EXPECT_EQ(raw->units.size(), 2u);
}

TEST(Extract, NeverChangesUnitIds) {
  const auto raw =
      read_csv(monthly_csv({{.unit = " 01 "}, {.unit = "a"}, {.unit = "A"}, {.unit = "**GT3"}}));
  std::vector<std::string> ids;
  for (const auto& unit : raw->units) ids.push_back(unit.unit);
  EXPECT_EQ(ids, (std::vector<std::string>{" 01 ", "a", "A", "**GT3"}));
}

TEST(Extract, KeepsUnknownCodes) {
  const auto raw = read_csv(monthly_csv({{.time = "1", .so2 = "1", .so2_code = "Guess"}})).value();
  EXPECT_EQ(raw.code_texts[0][raw.codes[0][0]], "Guess");
  EXPECT_EQ(raw.codes[1][0], kNullCode);
}

TEST(Extract, ReadsTheBulkDialect) {
  const auto raw = read_csv(
      "\"State\",\"Facility Name\",\"Facility ID\",\"Unit ID\",\"Date\",\"Hour\",\"Operating "
      "Time\","
      "\"Gross Load (MW)\",\"Steam Load (1000 lb/hr)\",\"SO2 Mass (lbs)\",\"SO2 Mass Measure "
      "Indicator\","
      "\"CO2 Mass (short tons)\",\"CO2 Mass Measure Indicator\",\"NOx Mass (lbs)\","
      "\"NOx Mass Measure Indicator\",\"NOx Rate (lbs/mmBtu)\",\"NOx Rate Measure Indicator\","
      "\"Heat Input (mmBtu)\",\"Program Code\"\n"
      "\"OR\",\"A\",7350,\"CTG1\",\"2020-11-01\",0,1,257,,1.037,\"Measured\",102.7,\"Measured\",25."
      "929,"
      "\"Calculated\",0.015,\"Measured\",1728.6,\"ARP, MATS\"\n",
      {.layout = Layout::Prototype, .partition = {2020, "OR"}});
  ASSERT_TRUE(raw.ok()) << raw.error().to_string();
  EXPECT_EQ(raw->units[0].plant, 7350);
  EXPECT_EQ(raw->values(Measure::NoxRate)[0], 0.015);
  EXPECT_EQ(raw->code_texts[1][raw->codes[1][0]], "Calculated");
  EXPECT_FALSE(raw->units[0].facility_id);
  EXPECT_TRUE(raw->warnings.empty());
}

TEST(Extract, ReadsOptionalIdsOfThePrototype) {
  const auto raw = read_csv(monthly_csv({{}}), {.layout = Layout::Prototype}).value();
  EXPECT_EQ(raw.units[0].facility_id, 17);
  EXPECT_EQ(raw.units[0].unit_id_epa, "91");
  auto text = without(monthly_csv({{}}), ",\"FAC_ID\",\"UNIT_ID\"");
  text = without(text, ",\"17\",\"91\"");
  const auto old = read_csv(text, {.layout = Layout::Prototype}).value();
  EXPECT_FALSE(old.units[0].facility_id);
  EXPECT_FALSE(old.units[0].unit_id_epa);
}

TEST(Extract, AcceptsEverySpelling) {
  for (const auto& [found, other] :
       {std::pair<std::string, std::string>{"SLOAD (1000lb/hr)", "SLOAD (1000 lbs)"},
        {"SLOAD (1000lb/hr)", "SLOAD"},
        {"GLOAD (MW)", "GLOAD"},
        {"CO2_MASS (tons)", "CO2_MASS"}})
    EXPECT_TRUE(read_csv(without(monthly_csv({{}}), found, other)).ok()) << other;
  EXPECT_FALSE(read_csv(without(monthly_csv({{}}), "GLOAD (MW)", "gload (MW)")).ok());
}

TEST(ExtractErrors, NameAMissingColumn) {
  EXPECT_EQ(
      error_of(read_csv(without(monthly_csv({{}}), "HEAT_INPUT (mmBtu)", "HEAT")),
               "header_invalid"),
      "2017id01.csv: no column for HEAT_INPUT; accepted: \"HEAT_INPUT (mmBtu)\", \"HEAT_INPUT\"");
}

TEST(ExtractErrors, RefuseTwoSpellingsOfOneQuantity) {
  auto header = monthly_header();
  header.push_back("GLOAD");
  EXPECT_EQ(error_of(read_csv(quoted_line(header)), "header_invalid"),
            "2017id01.csv: 2 columns for GLOAD: \"GLOAD (MW)\", \"GLOAD\"; expected one");
}

TEST(ExtractErrors, WantOneDialect) {
  EXPECT_EQ(error_of(read_csv("a,b\n"), "header_invalid"),
            "2017id01.csv: has none of the columns ORISPL_CODE and \"Facility ID\"; expected one");
  auto header = monthly_header();
  header.push_back("Facility ID");
  EXPECT_EQ(error_of(read_csv(quoted_line(header)), "header_invalid"),
            "2017id01.csv: has both of the columns ORISPL_CODE and \"Facility ID\"; expected one");
}

TEST(ExtractErrors, CountCells) {
  std::vector<Row> rows(20);
  for (int i = 0; i < 20; ++i) rows[std::size_t(i)].hour = std::to_string(i);
  auto text = monthly_csv(rows);
  std::size_t at = 0;
  for (int line = 1; line < 18; ++line) at = text.find('\n', at) + 1;
  text.erase(text.find("\"A, B\",", at), 7);
  EXPECT_EQ(error_of(read_csv(text), "row_invalid"), "2017id01.csv line 18: 23 cells, expected 24");
}

TEST(ExtractErrors, NameTheCell) {
  const auto failing = [](const Row& row) {
    return read_csv(monthly_csv({{}, {.hour = "1"}, row}));
  };
  EXPECT_EQ(error_of(failing({.time = "x"}), "value_invalid"),
            "2017id01.csv line 4, OP_TIME: \"x\" is not a number");
  EXPECT_EQ(error_of(failing({.load = "1e999"}), "value_invalid"),
            "2017id01.csv line 4, GLOAD: \"1e999\" is not a number");
  EXPECT_EQ(error_of(failing({.hour = "24"}), "value_invalid"),
            "2017id01.csv line 4, OP_HOUR: \"24\" is not an hour from 0 to 23");
  EXPECT_EQ(error_of(failing({.plant = "0"}), "value_invalid"),
            "2017id01.csv line 4, ORISPL_CODE: \"0\" is not a plant number");
  EXPECT_EQ(error_of(failing({.unit = ""}), "value_invalid"),
            "2017id01.csv line 4, UNITID: is empty");
}

TEST(ExtractErrors, RefuseOtherDates) {
  const auto with_date = [](const char* date) { return read_csv(monthly_csv({{.date = date}})); };
  for (const auto* date : {"2020-01-31", "01/31/2020", "02-30-2017", "13-01-2017", "x"})
    EXPECT_TRUE(error_of(with_date(date), "date_invalid")
                    .starts_with("2017id01.csv line 2, OP_DATE: \"" + std::string(date)))
        << error_of(with_date(date), "date_invalid");
  const auto unpadded = with_date("1-5-2020");
  ASSERT_TRUE(unpadded.ok());
  EXPECT_EQ(unpadded->runs[0].hour, (18262 + 4) * 24);
}

TEST(Extract, TurnsBadMeasuresIntoNullsByRequest) {
  const auto text = monthly_csv({{.time = "1", .load = "x", .heat = "y"}});
  const auto raw = read_csv(text, {.bad_values = BadValues::Null}).value();
  EXPECT_TRUE(std::isnan(raw.values(Measure::GrossLoad)[0]));
  EXPECT_EQ(raw.bad_values[std::size_t(Measure::GrossLoad)], 1);
  EXPECT_EQ(raw.bad_values[std::size_t(Measure::HeatInput)], 1);
  EXPECT_EQ(error_of(read_csv(monthly_csv({{.hour = "x"}}), {.bad_values = BadValues::Null}),
                     "value_invalid"),
            "2017id01.csv line 2, OP_HOUR: \"x\" is not an hour from 0 to 23");
}

TEST(Extract, WarnsAboutUnknownColumns) {
  const auto raw = read_csv(without(monthly_csv({{}}), "FACILITY_NAME", "NICKNAME")).value();
  EXPECT_EQ(raw.warnings,
            std::vector<std::string>{"2017id01.csv: column \"NICKNAME\" is not known; ignored"});
}

}  // namespace
}  // namespace cems

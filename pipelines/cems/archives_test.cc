// The pipeline on real archives: rows, units and sums that are known for each, and single rows. The
// five that are checked in always; all 21 where CEMS_ARCHIVES names their folder.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "pipelines/cems/checks.h"
#include "pipelines/cems/golden_support.h"

namespace cems {
namespace {

using namespace std::chrono;
using testing::all_archives;
using testing::all_data;
using testing::own_data;
using testing::row_of;

struct Known {
  Partition partition;
  std::int64_t rows, plants, units, with_load, time_empty;
  double load_mwh, co2_tons;
};

const std::vector<Known> kKnown = {
    {{2017, "AR"}, 359160, 18, 41, 132335, 0, 45745069.95, 35609305.821},
    {{2017, "CO"}, 639480, 26, 73, 242724, 0, 44283934.75, 39173480.488},
    {{2017, "DE"}, 197136, 12, 26, 41731, 4320, 5015825.45, 3277742.122},
    {{2017, "FL"}, 1852728, 59, 213, 879451, 0, 193931539.40, 115642349.805},
    {{2017, "ID"}, 70080, 5, 8, 13621, 0, 3036794.95, 1262992.540},
    {{2017, "KS"}, 464280, 24, 53, 88280, 0, 23752847.76, 24065418.420},
    {{2017, "MA"}, 604392, 31, 75, 118032, 4416, 21741226.00, 11153920.044},
    {{2017, "MD"}, 438000, 15, 50, 67579, 0, 14851279.94, 13265240.233},
    {{2017, "ME"}, 113880, 6, 13, 17229, 0, 2213571.25, 1069355.679},
    {{2017, "MT"}, 122640, 6, 14, 59833, 0, 15395335.62, 15968426.509},
    {{2017, "NH"}, 118320, 8, 16, 35358, 3600, 3946017.68, 3251166.136},
    {{2017, "OR"}, 131400, 8, 15, 64541, 0, 16510672.28, 8088030.078},
    {{2017, "PA"}, 1476144, 74, 180, 442242, 6480, 112656865.01, 84201511.868},
    {{2017, "RI"}, 96360, 6, 11, 42963, 0, 6223822.02, 3213210.560},
    {{2017, "SD"}, 105120, 7, 12, 15752, 0, 2943083.67, 2873141.531},
    {{2017, "WA"}, 157680, 11, 18, 65221, 0, 15760495.20, 11021297.874},
    {{2017, "WV"}, 402816, 18, 56, 124269, 8330, 74095141.37, 72153184.327},
    {{2020, "ID"}, 70272, 5, 8, 20423, 0, 4025005.02, 1807679.906},
    {{2020, "MT"}, 109776, 6, 14, 43075, 0, 9435912.62, 9714925.937},
    {{2020, "OR"}, 109800, 8, 15, 60131, 0, 16536488.66, 8146227.599},
    {{2020, "WA"}, 158112, 11, 18, 80977, 0, 18360239.48, 12258195.540},
};

/// What was counted over several partitions.
struct Totals {
  std::int64_t rows = 0, units = 0, matches = 0, fallbacks = 0, stripped = 0;
  Reconciliation annual;
  std::vector<std::string> failed_checks;
};

void compare(const RawHours& raw, const Known& known) {
  double load_mwh = 0, co2 = 0;
  std::int64_t with_load = 0, time_empty = 0;
  for (std::size_t i = 0; i < raw.measured(); ++i) {
    const double time = raw.values(Measure::OperatingTime)[i],
                 load = raw.values(Measure::GrossLoad)[i];
    const double tons = raw.values(Measure::Co2Mass)[i];
    with_load += std::isnan(load) ? 0 : 1;
    time_empty += std::isnan(time) ? 1 : 0;
    load_mwh += std::isnan(load) ? 0 : load * time;
    co2 += std::isnan(tons) ? 0 : tons;
  }
  for (const auto& run : raw.runs) time_empty += run.kind == RunKind::Empty ? run.count : 0;
  EXPECT_EQ(raw.rows, known.rows);
  EXPECT_EQ(with_load, known.with_load);
  EXPECT_EQ(time_empty, known.time_empty);
  EXPECT_NEAR(load_mwh, known.load_mwh, 0.0051);
  EXPECT_NEAR(co2, known.co2_tons, 0.00051);
}

void add(const RawHours& raw, const HourlyTable& table, const testing::RealData& data,
         Totals& totals) {
  totals.rows += table.frame.rows;
  totals.units += raw.partition.year == 2017 ? table.unit_count : 0;
  totals.matches += raw.partition.year == 2017 ? table.units.crosswalk_matches : 0;
  totals.fallbacks += raw.partition.year == 2017 ? table.units.crosswalk_fallbacks : 0;
  totals.stripped += raw.partition.year == 2017 ? table.units.stripped_ids : 0;
  for (const auto& check : table.checks)
    if (!check.passed) totals.failed_checks.push_back(check.partition + " " + check.check);
  if (raw.partition.year != AnnualTotals::kYear) return;
  const auto found = data.annual.reconcile(raw.partition.state, sum_units(raw));
  totals.annual.joined += found.joined;
  totals.annual.agreeing += found.agreeing;
  totals.annual.only_hourly += found.only_hourly;
  for (const auto& one : found.known) totals.annual.known.push_back(one);
  for (const auto& one : found.unexpected) totals.annual.unexpected.push_back(one);
}

Totals check_all(const testing::RealData& data) {
  Totals totals;
  for (const auto& known : kKnown) {
    if (!data.archives.descriptor().find(known.partition)) continue;
    SCOPED_TRACE(known.partition.key());
    const auto raw =
        extract_hours(data.archives, known.partition, {.missing_months = Missing::Skip}).value();
    compare(raw, known);
    const auto table = transform_hours(raw, data.lookups()).value();
    EXPECT_EQ(table.unit_count, known.units);
    EXPECT_EQ(table.plant_count, known.plants);
    EXPECT_EQ(table.load_rule_hits, 0);
    EXPECT_EQ(table.units.empty_ids, 0);
    add(raw, table, data, totals);
  }
  return totals;
}

/// Instantiated once where this machine has all archives, otherwise not at all.
class AllArchives : public ::testing::TestWithParam<std::filesystem::path> {};

std::vector<std::filesystem::path> available_archives() {
  const auto folder = all_archives();
  return folder ? std::vector{*folder} : std::vector<std::filesystem::path>{};
}
INSTANTIATE_TEST_SUITE_P(Environment, AllArchives, ::testing::ValuesIn(available_archives()),
                         [](const auto&) { return "CEMS_ARCHIVES"; });

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AllArchives);

TEST(OwnArchives, HaveTheKnownRowsAndSums) {
  const auto totals = check_all(own_data());
  EXPECT_EQ(totals.rows, 70080 + 113880 + 96360 + 105120 + 70272);
  EXPECT_EQ(totals.failed_checks, std::vector<std::string>{});
  EXPECT_TRUE(totals.annual.passed());
  EXPECT_EQ(totals.annual.agreeing, totals.annual.joined);
}

TEST_P(AllArchives, HaveTheKnownRowsAndSums) {
  const auto totals = check_all(all_data());
  EXPECT_EQ(totals.rows, 7'797'576);
  EXPECT_EQ(totals.units, 874);
  EXPECT_EQ(totals.matches, 791);
  EXPECT_EQ(totals.fallbacks, 83);
  EXPECT_EQ(totals.stripped, 59);
  EXPECT_EQ(totals.failed_checks, std::vector<std::string>{"year=2017,state=WV months_contiguous"});
  EXPECT_EQ(totals.annual.joined, 706);
  EXPECT_EQ(totals.annual.agreeing, 678);
  EXPECT_EQ(totals.annual.only_hourly, 168);
  EXPECT_EQ(totals.annual.known.size(), 28u);
  EXPECT_EQ(totals.annual.unexpected, std::vector<std::string>{});
}

TEST(OwnArchives, AddUpToTheKnownSumsOfUnits) {
  const auto sums = sum_units(extract_hours(own_data().archives, {2017, "ID"}, {}).value());
  const auto expect = [&](const UnitKey& unit, const std::array<double, 6>& known) {
    const auto& sum = sums.at(unit);
    EXPECT_NEAR(sum[0], known[0], 0.0051);
    EXPECT_NEAR(sum[1], known[1], 0.0051);
    EXPECT_NEAR(sum[3] * 2000, known[2], 0.00051);
    EXPECT_NEAR(sum[4] * 2000, known[3], 0.00051);
    EXPECT_NEAR(sum[5], known[4], 0.00051);
    EXPECT_NEAR(sum[6], known[5], 0.00051);
  };
  expect({7456, "1"}, {429.71, 28817.27, 176.578, 11541.534, 17487.900, 294282.858});
  expect({7953, "CT3"}, {83.87, 2944.77, 22.127, 3365.957, 2191.301, 36876.698});
  expect({55179, "CTGEN1"}, {5817.25, 1353341.87, 5683.410, 128342.921, 562896.575, 9471860.019});
}

TEST(OwnArchives, HaveTheKnownRowOfIdaho) {
  const auto hour = sys_days(2017y / July / 1) + 8h;
  const auto now = own_data().table({2017, "ID"}).value();
  EXPECT_EQ(row_of(now, 55179, "CTGEN1", hour),
            "55179 1 238 1576.9 - 0.946 Measured 17.346 Calculated 93.7 Measured");
  const auto then = own_data().table({2017, "ID"}, {.layout = Layout::Prototype}).value();
  EXPECT_EQ(row_of(then, 55179, "CTGEN1", hour),
            "55179 1 238 1576.9 - 0.946 Measured 17.346 Calculated 93.7 Measured");
  EXPECT_EQ(row_of(then, 7456, "1", sys_days(2017y / January / 1) + 8h),
            "7456 0 0 0 - - - - - - -");
}

TEST(OwnArchives, SpanTwoZones) {
  const auto first_hours = [](const std::string& state) {
    const auto raw = extract_hours(own_data().archives, {2017, state}, {}).value();
    const auto ordered = order_hours(raw, &own_data().crosswalk, own_data().zones).value();
    std::map<int, int> units;
    for (const auto& unit : ordered.units) ++units[int(duration_cast<hours>(unit.offset).count())];
    return units;
  };
  EXPECT_EQ(first_hours("ID"), (std::map<int, int>{{-7, 5}, {-8, 3}}));
  EXPECT_EQ(first_hours("SD"), (std::map<int, int>{{-6, 11}, {-7, 1}}));
}

TEST_P(AllArchives, HaveTheKnownRows) {
  const auto row = [](const Partition& partition, std::int32_t plant, const char* unit,
                      sys_seconds time) {
    return row_of(all_data().table(partition).value(), plant, unit, time);
  };
  EXPECT_EQ(row({2017, "WV"}, 3935, "1", sys_days(2017y / December / 1) + 5h),
            "3935 1 515 4811.9 - 206.7 Measured 413.8 Measured 493.7 Measured");
  EXPECT_EQ(row({2017, "FL"}, 641, "4", sys_days(2017y / July / 1) + 7h),
            "641 1 2 21.2 - 0.166 Measured 1.5 Calculated 2.175 Measured");
  EXPECT_EQ(row({2017, "OR"}, 7350, "CTG2", sys_days(2017y / July / 2) + 12h),
            "7931 1 19 573.3 - 0.344 Measured 123.26 Calculated 34.1 Measured");
  EXPECT_EQ(row({2017, "DE"}, 52193, "DCPP4", sys_days(2017y / January / 1) + 5h),
            "52193 1 - 433.7 317000 3.664 Measured 13.9 Measured 26 Measured");
  EXPECT_EQ(row({2017, "MD"}, 50282, "PR003", sys_days(2017y / January / 1) + 5h),
            "50282 1 - - 111000 - - 47.459 Measured 12.011 Measured");
  EXPECT_EQ(row({2017, "DE"}, 592, "10", sys_days(2017y / April / 1) + 5h),
            "592 - - - - - - - - - -");
  Scope prototype{.layout = Layout::Prototype};
  const auto oregon = all_data().table({2017, "OR"}, prototype).value();
  EXPECT_EQ(row_of(oregon, 7350, "CTG2", sys_days(2017y / July / 2) + 12h),
            "7350 1 19 573.3 - 0.344 Measured 123.26 Calculated 34.1 Measured");
  const auto florida = all_data().table({2017, "FL"}).value();
  EXPECT_EQ(florida.units.zone_fallbacks, 1);
}

TEST_P(AllArchives, TakeASupplementForAMissingMonth) {
  const Partition oregon{2020, "OR"};
  const auto file = (testing::all_reference() / "emissions-hourly-2020-or-11.csv").string();
  const auto strict = all_data().table(oregon);
  ASSERT_FALSE(strict.ok());
  EXPECT_EQ(strict.error().message, "epacems-2020-or.zip lacks months 11, 12; it has 01 to 10");
  Scope scope{.missing_months = Missing::Skip};
  EXPECT_EQ(all_data().table(oregon, scope)->frame.rows, 109'800);
  scope.supplements[oregon] = {{11, file}};
  const auto table = all_data().table(oregon, scope).value();
  EXPECT_EQ(table.frame.rows, 120'600);
  EXPECT_TRUE(first_problem(table).ok());
  EXPECT_EQ(row_of(table, 7350, "CTG1", sys_days(2020y / November / 1) + 8h),
            "7350 1 257 1728.6 - 1.037 Measured 25.929 Calculated 102.7 Measured");
  scope.supplements[oregon] = {{10, file}};
  const auto needless = check_supplements(all_data().archives, oregon, scope);
  ASSERT_FALSE(needless.ok());
  EXPECT_EQ(needless.error().kind, "settings_invalid");
  EXPECT_NE(needless.error().message.find("epacems-2020-or.zip has month 10 already"),
            std::string::npos);
}

}  // namespace
}  // namespace cems

#include "pipelines/cems/annual_totals.h"

#include <gtest/gtest.h>

#include "pipelines/cems/test_support.h"

namespace cems {
namespace {

AnnualTotals totals_of(const std::string& lines) {
  return AnnualTotals::read(std::make_unique<penstock::MemorySource>(
                                "State, Facility Name, Facility ID (ORISPL), Unit ID, Operating "
                                "Time, Gross Load (MW-h), "
                                "Steam Load (1000lb), SO2 (tons), NOx (tons), CO2 (short tons), "
                                "Heat Input (MMBtu)\n" +
                                lines),
                            "annual.csv")
      .value();
}

TEST(AnnualTotals, RestoreIdsThatBecameDates) {
  EXPECT_EQ(restore_unit_id("1-Jun"), "6-1");
  EXPECT_EQ(restore_unit_id("12-Jan"), "1-12");
  EXPECT_EQ(restore_unit_id("001"), "1");
  EXPECT_EQ(restore_unit_id("CT-Jun"), "CT-Jun");
  EXPECT_EQ(restore_unit_id("6-1"), "6-1");
}

TEST(AnnualTotals, ReadTheTableThatIsCheckedIn) {
  const auto totals =
      AnnualTotals::open(testing::data_folder() / "reference/epa_annual_unit_totals_2017.csv")
          .value();
  EXPECT_EQ(totals.size(), 2093u);
}

TEST(AnnualTotals, AllowHalfAUnitOfTheLastDecimal) {
  const auto totals = totals_of("ID,\"A, B\",3, 1 ,10.00,20,,0.1,0.2,0.3,1.67E+07\n");
  const auto agree = [&](AnnualSums sums) {
    return totals.reconcile("ID", {{{3, "1"}, sums}}).passed();
  };
  const AnnualSums exact = {10, 20, 0, 0.1, 0.2, 0.3, 1.67e7};
  EXPECT_TRUE(agree(exact));
  for (const auto& [at, off] :
       {std::pair<std::size_t, double>{0, 0.005}, {1, 0.005}, {3, 0.0005}, {6, 0.005e7}}) {
    auto near = exact, far = exact;
    near[at] += off;
    far[at] += 1.01 * off + 2e-6;
    EXPECT_TRUE(agree(near)) << at;
    EXPECT_FALSE(agree(far)) << at;
  }
  EXPECT_FALSE(agree({10, 20, 0.001, 0.1, 0.2, 0.3, 1.67e7}));
}

TEST(AnnualTotals, TellKnownFromUnexpectedDifferences) {
  const auto totals =
      totals_of("FL,A,641,4,1,,,,,,\nFL,B,3,1,1,,,,,,\nFL,B,3,2,1,,,,,,\nGA,B,3,3,1,,,,,,\n");
  const auto found = totals.reconcile("FL", {{{641, "4"}, {2}}, {{3, "1"}, {2}}, {{9, "1"}, {2}}});
  EXPECT_EQ(found.joined, 2);
  EXPECT_EQ(found.agreeing, 0);
  EXPECT_EQ(found.only_hourly, 1);
  EXPECT_EQ(found.known,
            std::vector<std::string>{"641/4: Operating Time is 2.000, annual total 1.000"});
  EXPECT_EQ(found.unexpected,
            (std::vector<std::string>{"3/1: Operating Time is 2.000, annual total 1.000",
                                      "3/2: has annual totals but no hours"}));
}

TEST(AnnualTotals, WeightLoadsByOperatingTime) {
  const auto raw = testing::read_csv(testing::monthly_csv(
                                         {{.unit = "01",
                                           .time = ".5",
                                           .load = "100",
                                           .heat = "7",
                                           .steam = "8",
                                           .so2 = "2000",
                                           .nox = "1000",
                                           .co2 = "3"},
                                          {.unit = "1", .hour = "1", .time = "1", .load = "2500"},
                                          {.unit = "1", .hour = "2"}}))
                       .value();
  const auto sums = sum_units(raw);
  ASSERT_EQ(sums.size(), 1u);
  EXPECT_EQ((sums.at({3, "1"})), (AnnualSums{1.5, 52.5, 4, 1, 0.5, 3, 7}));
}

}  // namespace
}  // namespace cems

// Reads the archives of the CEMS pipeline that are part of this repository: real data, whose counts
// and sums are known from elsewhere.
#include <gtest/gtest.h>

#include <cstdlib>

#include "penstock/base/files.h"
#include "penstock/base/zip.h"
#include "penstock/frame/csv.h"

namespace penstock {
namespace {

struct Totals {
  std::int64_t rows = 0, rows_with_load = 0;
  double load_hours = 0, co2 = 0;
};

CsvSpec measures() {
  return {
      {{.name = "GLOAD", .spellings = {"GLOAD (MW)", "GLOAD"}, .type = DataType::Float64},
       {.name = "OP_TIME", .type = DataType::Float64},
       {.name = "CO2_MASS",
        .spellings = {"CO2_MASS (tons)", "CO2_MASS"},
        .type = DataType::Float64},
       {.name = "OP_HOUR", .type = DataType::Int32, .nullable = false, .min = 0, .max = 23},
       {.name = "OP_DATE", .type = DataType::Date, .nullable = false, .date_format = "%m-%d-%Y"},
       {.name = "UNITID", .type = DataType::Text, .nullable = false}}};
}

Status add_month(std::unique_ptr<ByteSource> source, Totals& totals) {
  auto reader = PENSTOCK_TRY(CsvReader::open(std::move(source), measures()));
  CsvBatch batch;
  while (PENSTOCK_TRY(reader.next(batch))) {
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      const auto value = [&](std::size_t i) {
        return batch.columns[i].get<double>()[std::size_t(row)];
      };
      totals.load_hours += value(0) * value(1);
      totals.co2 += value(2);
    }
    totals.rows += batch.rows;
    totals.rows_with_load += batch.rows - batch.columns[0].null_count;
  }
  return {};
}

Result<Totals> read_archive(std::string_view bytes) {
  Totals totals;
  const auto outer = PENSTOCK_TRY(ZipArchive::open(bytes, "archive"));
  for (const auto& month : outer.members()) {
    const auto inner_bytes = PENSTOCK_TRY(outer.stored_bytes(month));
    const auto inner = PENSTOCK_TRY(ZipArchive::open(inner_bytes, month.name));
    auto source = PENSTOCK_TRY(inner.open_member(inner.members().at(0)));
    PENSTOCK_TRY(add_month(std::move(source), totals));
  }
  return totals;
}

struct Known {
  const char* name;
  std::int64_t rows, rows_with_load;
  double load_hours, co2;
};

class CsvArchiveTest : public testing::TestWithParam<Known> {};

TEST_P(CsvArchiveTest, AddsUpToTheKnownTotals) {
  const char* const root = std::getenv("PENSTOCK_SOURCE_DIR");
  const std::string folder = std::string(root ? root : ".") + "/pipelines/cems/data/";
  const auto file = MappedFile::open(folder + GetParam().name).value();
  const auto totals = read_archive(file.bytes());
  ASSERT_TRUE(totals.ok()) << totals.error().message;
  EXPECT_EQ(totals->rows, GetParam().rows);
  EXPECT_EQ(totals->rows_with_load, GetParam().rows_with_load);
  EXPECT_NEAR(totals->load_hours, GetParam().load_hours, 0.005001);
  EXPECT_NEAR(totals->co2, GetParam().co2, 0.000501);
}

INSTANTIATE_TEST_SUITE_P(
    Shipped, CsvArchiveTest,
    testing::Values(Known{"epacems-2017-id.zip", 70080, 13621, 3036794.95, 1262992.540},
                    Known{"epacems-2017-me.zip", 113880, 17229, 2213571.25, 1069355.679},
                    Known{"epacems-2017-ri.zip", 96360, 42963, 6223822.02, 3213210.560},
                    Known{"epacems-2017-sd.zip", 105120, 15752, 2943083.67, 2873141.531},
                    Known{"epacems-2020-id.zip", 70272, 20423, 4025005.02, 1807679.906}),
    [](const auto& known) {
      const std::string name = known.param.name;
      return "In" + name.substr(8, 4) + name.substr(13, 2);
    });

}  // namespace
}  // namespace penstock

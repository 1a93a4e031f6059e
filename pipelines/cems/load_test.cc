#include "pipelines/cems/load.h"

#include <gtest/gtest.h>

#include <penstock/frame/parquet_reader.h>

#include "pipelines/cems/golden_support.h"

namespace cems {
namespace {

using testing::own_data;
using testing::TempFolder;

LoadedPartition load(const Partition& partition, const TempFolder& folder,
                     const Scope& scope = {}) {
  return load_table(own_data().table(partition, scope).value(), folder.path(), scope).value();
}

TEST(Load, NamesFiles) {
  EXPECT_EQ(path_of({2017, "ID"}, Layout::Current, Files::Flat),
            "core_epacems__hourly_emissions/epacems-2017-ID.parquet");
  EXPECT_EQ(path_of({2020, "", 4}, Layout::Current, Files::Flat),
            "core_epacems__hourly_emissions/epacems-2020q4.parquet");
  EXPECT_EQ(path_of({2017, "ID"}, Layout::Prototype, Files::Hive),
            "hourly_emissions_epacems/year=2017/state=ID/part-0.parquet");
}

TEST(Load, WritesWhatReadsBack) {
  const TempFolder folder;
  const auto loaded = load({2017, "ID"}, folder);
  const auto table = own_data().table({2017, "ID"}).value();
  auto reader = penstock::ParquetReader::open(folder.path() / loaded.path).value();
  EXPECT_EQ(reader.rows(), 70080);
  const auto frame = reader.read_all().value();
  for (const auto* name : {"gross_load_mw", "co2_mass_tons"}) {
    const auto& read = *frame.find(name);
    const auto& made = *table.frame.find(name);
    EXPECT_EQ(read.null_count, made.null_count) << name;
    std::int64_t same = 0;
    for (std::int64_t row = 0; row < frame.rows; ++row)
      same += read.is_null(row)
                  ? made.is_null(row)
                  : read.get<float>()[std::size_t(row)] == made.get<float>()[std::size_t(row)];
    EXPECT_EQ(same, frame.rows) << name;
  }
  for (std::int64_t row = 0; row < frame.rows; row += 997) {
    EXPECT_EQ(frame.find("emissions_unit_id_epa")->text(row),
              table.frame.find("emissions_unit_id_epa")->text(row));
    EXPECT_EQ(frame.find("state")->text(row), "ID");
  }
}

TEST(Load, RecordsWhereRowsCameFrom) {
  const TempFolder folder;
  const auto loaded = load({2017, "ID"}, folder);
  const auto metadata =
      penstock::ParquetReader::open(folder.path() / loaded.path).value().metadata();
  const auto fact = [&](const std::string& key) {
    return metadata.contains(key) ? metadata.at(key) : "no " + key;
  };
  EXPECT_EQ(fact("cems.table"), "core_epacems__hourly_emissions");
  EXPECT_EQ(fact("cems.layout"), "current");
  EXPECT_EQ(fact("cems.partition"), "year=2017,state=ID");
  EXPECT_EQ(fact("cems.rows"), "70080");
  EXPECT_EQ(fact("cems.sources"),
            "[{\"name\":\"epacems-2017-id.zip\",\"md5\":\"aae26257ec3e5775a4a4d29b3d6c2378\","
            "\"months\":[1,2,3,4,5,6,7,8,9,10,11,12]}]");
  EXPECT_EQ(fact("cems.supplements"), "[]");
  EXPECT_EQ(fact("cems.tz_reference"), "2011-01-01");
  EXPECT_EQ(fact("cems.tz_fallbacks"), "0");
  EXPECT_EQ(fact("cems.schema_version"), "1");
  EXPECT_EQ(fact("license"), "other-pd");
  EXPECT_EQ(fact("primary_key"),
            R"(["plant_id_epa","emissions_unit_id_epa","operating_datetime_utc"])");
  EXPECT_FALSE(fact("description").empty());
}

TEST(Load, WritesTheSameBytesAgain) {
  const TempFolder one, two;
  for (const auto layout : {Layout::Current, Layout::Prototype}) {
    const auto path = load({2017, "ID"}, one, {.layout = layout}).path;
    load({2017, "ID"}, one, {.layout = layout});
    load({2017, "ID"}, two, {.layout = layout});
    EXPECT_EQ(penstock::read_file(one.path() / path).value(),
              penstock::read_file(two.path() / path).value());
  }
}

TEST(Load, CutsRowGroups) {
  const TempFolder folder;
  const auto loaded =
      load({2017, "ID"}, folder,
           {.compression = penstock::ParquetCompression::Zstd, .row_group_rows = 30'000});
  auto reader = penstock::ParquetReader::open(folder.path() / loaded.path).value();
  ASSERT_EQ(reader.row_groups(), 3);
  EXPECT_EQ(reader.row_group_rows(2), 10'080);
}

TEST(Load, LeavesPathColumnsOutOfHiveFiles) {
  const TempFolder folder;
  const auto loaded = load({2017, "ID"}, folder, {.files = Files::Hive});
  EXPECT_EQ(loaded.path, "core_epacems__hourly_emissions/year=2017/state=ID/part-0.parquet");
  const auto schema = penstock::ParquetReader::open(folder.path() / loaded.path).value().schema();
  EXPECT_EQ(schema->fields.size(), 14u);
  EXPECT_FALSE(schema->find("year"));
  EXPECT_FALSE(schema->find("state"));
}

TEST(Load, ConsolidatesPartitionsInOrder) {
  const TempFolder folder;
  const std::vector<LoadedPartition> parts = {load({2017, "ID"}, folder),
                                              load({2017, "ME"}, folder)};
  const auto info = consolidate_files(parts, folder.path(), Layout::Current).value();
  EXPECT_EQ(info.rows, 183'960);
  auto reader =
      penstock::ParquetReader::open(folder.path() / "core_epacems__hourly_emissions.parquet")
          .value();
  EXPECT_EQ(reader.metadata().at("cems.partitions"),
            "[\"year=2017,state=ID\",\"year=2017,state=ME\"]");
  EXPECT_EQ(reader.metadata().at("cems.rows"), "183960");
  ASSERT_EQ(reader.row_groups(), 3);
  EXPECT_EQ(reader.row_group_rows(0), 70'080);
  const auto all = reader.read_all().value();
  std::int64_t maine = 0;
  for (std::int64_t row = 0; row < all.rows; ++row)
    maine += all.find("state")->text(row) == "ME" &&
             all.find("year")->get<std::int32_t>()[std::size_t(row)] == 2017;
  EXPECT_EQ(maine, 113'880);
}

TEST(Load, SummarizesColumns) {
  const TempFolder folder;
  const auto loaded = load({2017, "ID"}, folder);
  const auto facts = loaded.facts();
  EXPECT_EQ(facts.rows, 70080);
  EXPECT_EQ(facts.nulls.at("gross_load_mw"), 70080 - 13621);
  EXPECT_EQ(facts.nulls.at("steam_load_lbs"), 70080);
  EXPECT_EQ(loaded.profile.find("operating_time_hours")->max->rounded(), 1);
}

}  // namespace
}  // namespace cems

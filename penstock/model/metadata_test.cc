#include "penstock/model/metadata.h"

#include <gtest/gtest.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include "penstock/model/metadata_table.h"

namespace penstock {
namespace {

using Kind = MetadataValue::Kind;

const TableSchema kSchema = {
    .columns = {{.name = "state", .type = "string", .nullable = false},
                {.name = "rows", .type = "int64", .constraints = {"at least 0"}}},
    .constraints = {"sorted by state"}};

std::vector<MetadataValue> one_of_each_kind() {
  return {{},
          true,
          42,
          0.5,
          MetadataValue::timestamp(Time(Micros(1'500'000))),
          "text",
          MetadataValue::url("https://example.org"),
          MetadataValue::path("out/a.parquet"),
          MetadataValue::notebook("explore.ipynb"),
          MetadataValue::markdown("# title"),
          MetadataValue::run("0193"),
          MetadataValue::asset("raw/cems"),
          MetadataValue::job("etl"),
          MetadataValue::pool("db"),
          MetadataValue::json_text("{\"a\":[1,null]}"),
          MetadataValue::table(kSchema, {{"ID", 3}, {"ME", 4}}),
          MetadataValue::table_schema(kSchema),
          MetadataValue::column_lineage({{"rows", {{"raw", "a"}, {"raw", "b"}}}}),
          MetadataValue::code_reference({{.file = "etl.cc", .line = 12}, {.url = "https://x"}}),
          MetadataValue::artifact({.id = "f1", .media_type = "image/png", .name = "plot.png"})};
}

TEST(Metadata, EveryKindComesBackFromItsJson) {
  const auto all = one_of_each_kind();
  EXPECT_EQ(all.size(), std::size_t(Kind::Artifact) + 1);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].kind(), Kind(i));
    const auto json = all[i].to_json();
    EXPECT_EQ(json["type"], to_string(Kind(i)));
    EXPECT_EQ(MetadataValue::from_json(json), all[i]) << json;
  }
}

TEST(Metadata, NumbersThatJsonHasNoWordForAreTexts) {
  const std::vector<std::pair<double, std::string>> all = {
      {-INFINITY, "-inf"}, {INFINITY, "inf"}, {NAN, "nan"}, {-NAN, "nan"}};
  for (const auto& [number, text] : all) {
    const MetadataValue fact(number);
    EXPECT_EQ(fact.display(), text);
    EXPECT_EQ(fact.to_json().dump(), R"({"type":"float","value":")" + text + "\"}");
    const auto read = MetadataValue::from_json(Json::parse(fact.to_json().dump()));
    EXPECT_EQ(read.kind(), Kind::Float);
    EXPECT_EQ(read.display(), text);
  }
  const auto table = MetadataValue::table(kSchema, {{"ID", -INFINITY}}).to_json()["value"];
  EXPECT_EQ(table["records"][0]["rows"], "-inf");
  for (const std::uint64_t number : {9007199254740993u, ~std::uint64_t{0}}) {
    const MetadataValue fact(number);
    EXPECT_EQ(fact.display(), std::to_string(number));
    EXPECT_EQ(Json::parse(fact.to_json().dump())["value"].get<std::uint64_t>(), number);
  }
}

TEST(Metadata, IsShownInAFewWords) {
  std::vector<std::string> shown;
  for (const auto& value : one_of_each_kind()) shown.push_back(value.display());
  EXPECT_EQ(shown, (std::vector<std::string>{
                       "null", "true", "42", "0.5", "1970-01-01T00:00:01.500000Z", "text",
                       "https://example.org", "out/a.parquet", "explore.ipynb", "# title", "0193",
                       "raw/cems", "etl", "db", "{\"a\":[1,null]}",
                       "2 rows of 2 columns: state, rows", "2 columns: state, rows",
                       "lineage of 1 column", "etl.cc:12, https://x", "plot.png (image/png)"}));
  const Json odd = {{"type", "table"}, {"value", {{"schema", 3}}}};
  EXPECT_EQ(MetadataValue::from_json(odd).display(), "{\"schema\":3}");
}

TEST(Metadata, TablesKeepTheirFirstThousandRows) {
  const std::vector<std::vector<MetadataValue>> rows(1001, {"ID", 3});
  const auto json = MetadataValue::table(kSchema, rows).to_json()["value"];
  EXPECT_EQ(json["records"].size(), 1000u);
  EXPECT_EQ(json["total_records"], 1001);
  EXPECT_EQ(json["records"][0].dump(), R"({"state":"ID","rows":3})");
  EXPECT_EQ(MetadataValue::table(kSchema, rows).display(), "1001 rows of 2 columns: state, rows");
  const auto small = MetadataValue::table(kSchema, {{"ID", 3}}).to_json()["value"];
  EXPECT_FALSE(small.contains("total_records"));
}

TEST(Metadata, NumbersKeepAllTheirBits) {
  const std::int64_t large = 9'007'199'254'740'993;  // beyond a double
  EXPECT_EQ(MetadataValue::from_json(MetadataValue(large).to_json()).as_int(), large);
  EXPECT_EQ(MetadataValue(std::uint64_t(1) << 63).display(), "9223372036854775808");
  EXPECT_EQ(MetadataValue(~std::uint64_t(0)).to_json()["value"].dump(), "18446744073709551615");
  EXPECT_EQ(MetadataValue(true).kind(), Kind::Bool);
}

TEST(Metadata, PlainJsonIsTakenAsWhatItIs) {
  EXPECT_EQ(MetadataValue::from_json(true), MetadataValue(true));
  EXPECT_EQ(MetadataValue::from_json(3), MetadataValue(3));
  EXPECT_EQ(MetadataValue::from_json(0.5), MetadataValue(0.5));
  EXPECT_EQ(MetadataValue::from_json("a"), MetadataValue("a"));
  EXPECT_EQ(MetadataValue::from_json(nullptr), MetadataValue());
  EXPECT_EQ(MetadataValue::from_json({1, 2}).kind(), Kind::JsonText);
  EXPECT_EQ(MetadataValue::from_json({{"type", "hologram"}, {"value", 3}}), MetadataValue(3));
  EXPECT_EQ(MetadataValue::from_json({{"type", "int"}, {"value", "3"}}), MetadataValue("3"));
}

TEST(Metadata, WellKnownNamesAreFoundInDagstersSpelling) {
  const Metadata facts = {{"dagster/row_count", 3}, {"rows", 4}};
  EXPECT_EQ(*find_fact(facts, metadata_key::kRowCount), MetadataValue(3));
  EXPECT_EQ(*find_fact(facts, "rows"), MetadataValue(4));
  EXPECT_EQ(find_fact(facts, metadata_key::kUri), nullptr);
  EXPECT_EQ(find_fact({{"row_count", 3}}, metadata_key::kRowCount), nullptr);
}

}  // namespace
}  // namespace penstock

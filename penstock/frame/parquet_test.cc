#include "penstock/frame/parquet.h"

#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <random>

#include "penstock/base/files.h"
#include "penstock/frame/detail/frame_for_test.h"
#include "penstock/frame/parquet_reader.h"

namespace penstock {
namespace {

using detail::cells;
using detail::expect_same_rows;
using detail::make_category_column;
using detail::make_column;
using detail::make_frame;
using detail::make_text_column;
using detail::ScratchFolder;
using T = DataType;

const Dictionary kCodes = {"Calculated", "LME", "Measured"};

// Rows enough for several pages and row groups, with runs, gaps and repeats of every kind.
Frame wide_frame(std::size_t rows, const Dictionary& codes = kCodes) {
  std::vector<std::optional<std::int32_t>> id, day;
  std::vector<std::optional<std::int64_t>> time, big;
  std::vector<std::optional<std::uint8_t>> flag;
  std::vector<std::optional<float>> load;
  std::vector<std::optional<double>> ratio;
  detail::Texts name, note, code;
  for (std::size_t i = 0; i < rows; ++i) {
    const bool idle = i % 1000 < 400 || i % 7 == 3;
    id.push_back(std::int32_t(i / 500));
    time.push_back(std::int64_t(i) * 3'600'000 - 7);
    if (idle) {
      for (auto* texts : {&note, &code}) texts->push_back(std::nullopt);
      day.push_back({});
      big.push_back({});
      flag.push_back({});
      load.push_back({});
      ratio.push_back({});
    } else {
      note.push_back("note " + std::to_string(i * 31));
      code.push_back(codes[i % codes.size()]);
      day.push_back(std::int32_t(i * 2654435761U));
      big.push_back(std::int64_t(i * 0x9E3779B97F4A7C15U));
      flag.push_back(i % 3 == 0);
      load.push_back(float(i % 90) * 0.5F);
      ratio.push_back(std::sqrt(double(i)));
    }
    name.push_back("unit " + std::to_string(i / 500));
  }
  return make_frame(
      {{.name = "id", .type = T::Int32, .nullable = false, .description = "number"},
       {.name = "time", .type = T::Timestamp, .nullable = false},
       {.name = "name", .type = T::Text, .nullable = false},
       {.name = "day", .type = T::Date},
       {.name = "big", .type = T::Int64},
       {.name = "flag", .type = T::Bool},
       {.name = "load", .type = T::Float32, .unit = "MW", .description = "gross power"},
       {.name = "ratio", .type = T::Float64},
       {.name = "note", .type = T::Text},
       {.name = "code", .type = T::Category, .categories = kCodes}},
      {make_column<std::int32_t>(T::Int32, id), make_column<std::int64_t>(T::Timestamp, time),
       make_text_column(name), make_column<std::int32_t>(T::Date, day),
       make_column<std::int64_t>(T::Int64, big), make_column<std::uint8_t>(T::Bool, flag),
       make_column<float>(T::Float32, load), make_column<double>(T::Float64, ratio),
       make_text_column(note), make_category_column(codes, code)});
}

class ParquetCompressions : public ::testing::TestWithParam<ParquetCompression> {};

TEST_P(ParquetCompressions, EveryTypeComesBack) {
  const ScratchFolder folder;
  const auto frame = wide_frame(80'003);
  const auto info = write_parquet(folder / "a.parquet", frame, {{"layout", "current"}},
                                  {.compression = GetParam(), .row_group_rows = 50'000})
                        .value();
  EXPECT_EQ(info.rows, 80'003);
  EXPECT_EQ(info.row_groups, 2);
  EXPECT_EQ(info.bytes, std::filesystem::file_size(folder / "a.parquet"));

  auto reader = ParquetReader::open(folder / "a.parquet").value();
  EXPECT_EQ(reader.row_group_rows(0), 50'000);
  EXPECT_EQ(reader.row_group_rows(1), 30'003);
  expect_same_rows(reader.read_all().value(), frame);
}

INSTANTIATE_TEST_SUITE_P(All, ParquetCompressions,
                         ::testing::Values(ParquetCompression::None, ParquetCompression::Snappy,
                                           ParquetCompression::Zstd),
                         [](const auto& test) { return std::string(to_string(test.param)); });

// Runs, gaps, widths of deltas and sizes of dictionaries of every kind, at sizes around the borders
// of bytes, groups, blocks and pages.
TEST(Parquet, RandomColumnsComeBack) {
  const ScratchFolder folder;
  std::mt19937_64 random(42);
  for (const std::size_t rows : {1, 7, 8, 9, 55, 57, 127, 129, 1000, 32'767, 32'769, 66'000}) {
    for (int round = 0; round < 4; ++round) {
      const auto bits = random() % 64;
      const auto longest = std::size_t(1) << random() % 12;
      std::vector<std::optional<std::int64_t>> wide;
      std::vector<std::optional<std::int32_t>> narrow;
      while (wide.size() < rows) {
        const auto value = random() >> bits;
        const bool is_null = random() % 2 == 0;
        for (auto left = 1 + random() % longest; left > 0 && wide.size() < rows; --left) {
          wide.push_back(is_null ? std::optional<std::int64_t>() : std::int64_t(value + left % 3));
          narrow.push_back(is_null ? std::optional<std::int32_t>() : std::int32_t(value * left));
        }
      }
      const auto column = make_column<std::int64_t>(T::Timestamp, wide);
      const auto frame = make_frame({{.name = "delta", .type = T::Timestamp},
                                     {.name = "either", .type = T::Int64},
                                     {.name = "narrow", .type = T::Int32}},
                                    {column, make_column<std::int64_t>(T::Int64, wide),
                                     make_column<std::int32_t>(T::Int32, narrow)});
      SCOPED_TRACE(testing::Message() << rows << " rows, round " << round);
      write_parquet(folder / "a.parquet", frame).value();
      expect_same_rows(read_parquet(folder / "a.parquet").value(), frame);
      if (HasFailure()) return;
    }
  }
}

TEST(Parquet, SchemaAndFactsComeBack) {
  const ScratchFolder folder;
  auto schema = *wide_frame(1).schema;
  schema.description = "one of each";
  schema.primary_key = {"id", "time"};
  schema.metadata = {{"license", "other-pd"}};
  auto frame = wide_frame(1000);
  frame.schema = std::make_shared<const Schema>(schema);
  auto writer =
      ParquetWriter::open(folder / "a.parquet", frame.schema, {{"cems.layout", "current"}}).value();
  writer.write(frame).value();
  writer.set_metadata("cems.rows", "1000");
  writer.close().value();

  const auto reader = ParquetReader::open(folder / "a.parquet").value();
  EXPECT_EQ(reader.metadata(), (FileMetadata{{"table", "sample"},
                                             {"description", "one of each"},
                                             {"primary_key", R"(["id","time"])"},
                                             {"license", "other-pd"},
                                             {"cems.layout", "current"},
                                             {"cems.rows", "1000"}}));
  const auto& got = *reader.schema();
  EXPECT_EQ(got.name, "sample");
  EXPECT_EQ(got.description, "one of each");
  EXPECT_EQ(got.primary_key, schema.primary_key);
  ASSERT_EQ(got.fields.size(), schema.fields.size());
  for (std::size_t i = 0; i < got.fields.size(); ++i) {
    const auto& field = schema.fields[i];
    EXPECT_EQ(got.fields[i].name, field.name);
    EXPECT_EQ(got.fields[i].type, field.type) << field.name;
    EXPECT_EQ(got.fields[i].nullable, field.nullable) << field.name;
    EXPECT_EQ(got.fields[i].unit, field.unit) << field.name;
    EXPECT_EQ(got.fields[i].description, field.description) << field.name;
    EXPECT_EQ(got.fields[i].categories, field.categories) << field.name;
  }
}

TEST(Parquet, HowRowsAreCutDoesNotShow) {
  const ScratchFolder folder;
  const auto frame = wide_frame(70'001);
  const ParquetOptions options = {.row_group_rows = 40'000};
  write_parquet(folder / "whole.parquet", frame, {}, options).value();
  auto writer = ParquetWriter::open(folder / "cut.parquet", frame.schema, {}, options).value();
  std::int64_t at = 0;
  for (std::int64_t size = 1; at < frame.rows; size = size * 3 + 1) {
    const auto take = std::min(size, frame.rows - at);
    writer.write(frame, at, take).value();
    at += take;
  }
  writer.close().value();
  EXPECT_EQ(read_file(folder / "whole.parquet").value(), read_file(folder / "cut.parquet").value());
}

TEST(Parquet, ZeroRowsGiveAFileWithASchema) {
  const ScratchFolder folder;
  const auto frame = wide_frame(0);
  EXPECT_EQ(write_parquet(folder / "a.parquet", frame).value().row_groups, 0);
  auto reader = ParquetReader::open(folder / "a.parquet").value();
  EXPECT_EQ(reader.rows(), 0);
  EXPECT_EQ(reader.schema()->fields.size(), frame.schema->fields.size());
  expect_same_rows(reader.read_all().value(), frame);
}

TEST(Parquet, DictionaryHoldsDeclaredTextsThenWhatExtendsThem) {
  const ScratchFolder folder;
  const Field field = {.name = "code", .type = T::Category, .categories = kCodes};
  const auto frame =
      make_frame({field}, {make_category_column({"Guess", "Measured", "never"},
                                                {"Measured", {}, "Guess", "Measured"})});
  write_parquet(folder / "a.parquet", frame).value();
  const auto got = read_parquet(folder / "a.parquet").value();
  EXPECT_EQ(*got.columns[0].dictionary, (Dictionary{"Calculated", "LME", "Measured", "Guess"}));
  EXPECT_EQ(cells(got.columns[0]), cells(frame.columns[0]));
}

TEST(Parquet, DictionariesOfRowGroupsAreUnited) {
  const ScratchFolder folder;
  const Field field = {.name = "code", .type = T::Category, .categories = {"a"}};
  const auto frame =
      make_frame({field}, {make_category_column({"x", "a", "y"}, {"x", "a", "y", "a", {}, {}})});
  write_parquet(folder / "a.parquet", frame, {}, {.row_group_rows = 2}).value();
  auto reader = ParquetReader::open(folder / "a.parquet").value();
  EXPECT_EQ(*reader.read_row_group(2).value().columns[0].dictionary, (Dictionary{"a"}));
  const auto got = reader.read_all().value();
  EXPECT_EQ(*got.columns[0].dictionary, (Dictionary{"a", "x", "y"}));
  EXPECT_EQ(cells(got.columns[0]), cells(frame.columns[0]));
}

TEST(Parquet, CategoriesMayStandForText) {
  const ScratchFolder folder;
  const auto text = make_frame({{.name = "unit", .type = T::Text}},
                               {make_text_column({"1", "", {}, "CT-1", "1"})});
  auto category = text;
  category.columns[0] =
      make_category_column({"unused", "CT-1", "1", ""}, {"1", "", {}, "CT-1", "1"});
  write_parquet(folder / "text.parquet", text).value();
  write_parquet(folder / "category.parquet", category).value();
  EXPECT_EQ(read_file(folder / "text.parquet").value(),
            read_file(folder / "category.parquet").value());
  expect_same_rows(read_parquet(folder / "category.parquet").value(), text);
}

TEST(Parquet, SecondsAreKeptAsMilliseconds) {
  const ScratchFolder folder;
  const Field field = {
      .name = "at", .type = T::Timestamp, .time_unit = TimeUnit::Second, .utc_adjusted = true};
  const auto frame =
      make_frame({field}, {make_column<std::int64_t>(T::Timestamp, {5, {}, -3, 1'577'880'000})});
  write_parquet(folder / "a.parquet", frame).value();
  const auto got = read_parquet(folder / "a.parquet").value();
  EXPECT_EQ(got.schema->fields[0].time_unit, TimeUnit::Milli);
  EXPECT_TRUE(got.schema->fields[0].utc_adjusted);
  EXPECT_EQ(cells(got.columns[0]),
            (std::vector<std::string>{"5000", "null", "-3000", "1577880000000"}));
}

TEST(Parquet, ColumnsCanBeChosenInAnyOrder) {
  const ScratchFolder folder;
  const auto frame = wide_frame(3000);
  write_parquet(folder / "a.parquet", frame, {}, {.row_group_rows = 1000}).value();
  auto reader = ParquetReader::open(folder / "a.parquet").value();
  const auto got = reader.read_row_group(1, {"load", "id"}).value();
  ASSERT_EQ(got.columns.size(), 2U);
  EXPECT_EQ(got.rows, 1000);
  EXPECT_EQ(got.schema->fields[0].name, "load");
  EXPECT_EQ(detail::cell(got.columns[0], 450), detail::cell(*frame.find("load"), 1450));
  EXPECT_EQ(detail::cell(got.columns[1], 999), "3");
  const auto missing = reader.read_all({"laod"});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
  EXPECT_EQ(missing.error().message, "there is no column laod");
}

TEST(Parquet, RequiredColumnRefusesNulls) {
  const ScratchFolder folder;
  const auto frame = make_frame({{.name = "gross_load_mw", .type = T::Float32, .nullable = false}},
                                {make_column<float>(T::Float32, {1.F, {}, {}, 2.F, {}})});
  auto writer = ParquetWriter::open(folder / "a.parquet", frame.schema).value();
  ASSERT_TRUE(writer.write(frame, 3, 1).ok());
  const auto status = writer.write(frame);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, "schema_violation");
  EXPECT_EQ(status.error().message, "column gross_load_mw is required but has 3 nulls");
  EXPECT_EQ(writer.close().error(), status.error());
  EXPECT_FALSE(std::filesystem::exists(folder / "a.parquet"));
}

TEST(Parquet, ColumnsMustFitTheirFields) {
  const ScratchFolder folder;
  const auto write = [&](std::vector<Field> fields, std::vector<Column> columns) {
    return write_parquet(folder / "a.parquet", make_frame(std::move(fields), std::move(columns)))
        .error()
        .message;
  };
  const auto ints = make_column<std::int32_t>(T::Int32, {1, 2});
  EXPECT_EQ(write({{.name = "load", .type = T::Float32}}, {ints}),
            "column load is int32, expected float32");
  EXPECT_EQ(write({{.name = "a"}, {.name = "b"}}, {ints, make_column<std::int32_t>(T::Int32, {1})}),
            "column b has 1 rows, its frame 2");
  auto bad = make_category_column({"x"}, {"x", "x"});
  bad.get<std::int32_t>()[1] = 4;
  EXPECT_EQ(write({{.name = "code", .type = T::Category}}, {bad}),
            "column code holds index 4 but its dictionary has 1 texts");
  EXPECT_TRUE(folder.files().empty());
}

TEST(Parquet, NothingIsVisibleBeforeClose) {
  const ScratchFolder folder;
  const auto frame = wide_frame(5000);
  {
    auto writer =
        ParquetWriter::open(folder / "a.parquet", frame.schema, {}, {.row_group_rows = 1000})
            .value();
    writer.write(frame).value();
    EXPECT_FALSE(std::filesystem::exists(folder / "a.parquet"));
    EXPECT_EQ(folder.files().size(), 1U);
  }
  EXPECT_TRUE(folder.files().empty());
  write_parquet(folder / "a.parquet", frame).value();
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.parquet"});
}

// A limit on the size of files fails writes in the middle, as a full disk would.
TEST(Parquet, AFailedWriteLeavesTheOldFile) {
  const ScratchFolder folder;
  write_parquet(folder / "a.parquet", wide_frame(10)).value();
  const auto before = read_file(folder / "a.parquet").value();
  struct rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small = {100'000, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto result = write_parquet(folder / "a.parquet", wide_frame(60'000));
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);

  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find((folder / "a.parquet").string()), std::string::npos);
  EXPECT_EQ(read_file(folder / "a.parquet").value(), before);
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.parquet"});
}

TEST(Parquet, DamagedFilesAreNamed) {
  const ScratchFolder folder;
  const auto path = folder / "a.parquet";
  write_parquet(path, wide_frame(5000)).value();
  const auto bytes = read_file(path).value();
  const auto error_of = [&](std::string damaged) {
    write_file_atomically(path, damaged).value();
    const auto result = read_parquet(path);
    EXPECT_FALSE(result.ok());
    return result.ok() ? Error{} : result.error();
  };
  auto flipped = bytes;
  flipped[2000] = char(flipped[2000] ^ 0x10);
  for (const auto& damaged : {std::string("no Parquet here"), std::string(), flipped,
                              bytes.substr(0, bytes.size() / 2), bytes.substr(0, 200) + bytes}) {
    const auto error = error_of(damaged);
    EXPECT_EQ(error.code, ErrorCode::Corrupt) << error.to_string();
    EXPECT_NE(error.message.find(path.string() + " is not a readable Parquet file: "),
              std::string::npos)
        << error.message;
  }
  EXPECT_EQ(ParquetReader::open(folder / "b.parquet").error().code, ErrorCode::NotFound);
}

TEST(Parquet, SettingsAreChecked) {
  EXPECT_EQ(parse_parquet_compression("zstd").value(), ParquetCompression::Zstd);
  EXPECT_EQ(parse_parquet_compression("gzip").error().message,
            "compression \"gzip\" is not known; expected snappy, zstd or none");
  const ScratchFolder folder;
  EXPECT_EQ(write_parquet(folder / "a", wide_frame(1), {}, {.row_group_rows = 0}).error().message,
            "row_group_rows is 0, expected at least 1");
}

}  // namespace
}  // namespace penstock

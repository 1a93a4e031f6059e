// Writes sample.parquet with a column of every type, and parts that are joined, into a folder:
// what parquet_readers_test.py opens with other readers.
#include <cmath>
#include <cstdio>
#include <limits>

#include "penstock/frame/column_builder.h"
#include "penstock/frame/parquet.h"
#include "penstock/frame/parquet_concat.h"

namespace ps = penstock;

namespace {

constexpr int kRows = 100'001;

std::shared_ptr<const ps::Schema> sample_schema() {
  ps::Schema schema;
  schema.name = "sample";
  schema.description = "one column of every type";
  schema.primary_key = {"id", "local_time"};
  using T = ps::DataType;
  schema.fields = {
      {.name = "id", .type = T::Int32, .nullable = false, .description = "number of the unit"},
      {.name = "local_time", .type = T::Timestamp, .nullable = false},
      {.name = "instant",
       .type = T::Timestamp,
       .nullable = false,
       .time_unit = ps::TimeUnit::Second,
       .utc_adjusted = true},
      {.name = "micros", .type = T::Timestamp, .time_unit = ps::TimeUnit::Micro},
      {.name = "day", .type = T::Date},
      {.name = "flag", .type = T::Bool},
      {.name = "big", .type = T::Int64},
      {.name = "load", .type = T::Float32, .unit = "MW", .description = "average gross power"},
      {.name = "ratio", .type = T::Float64},
      {.name = "name", .type = T::Text, .nullable = false},
      {.name = "note", .type = T::Text},
      {.name = "empty", .type = T::Text},
      {.name = "code", .type = T::Category, .categories = {"Calculated", "LME", "Measured"}},
      {.name = "idle", .type = T::Category, .categories = {"A", "B"}},
  };
  return std::make_shared<const ps::Schema>(std::move(schema));
}

bool never(int) { return false; }

template <class T, class Value, class Null = bool (*)(int)>
ps::Column column_of(ps::DataType type, Value value, Null null = never) {
  ps::ColumnBuilder<T> column(type);
  for (int i = 0; i < kRows; ++i) null(i) ? column.push_null() : column.push(T(value(i)));
  return std::move(column).finish();
}

template <class Value, class Null = bool (*)(int)>
ps::Column text_of(Value value, Null null = never) {
  ps::ColumnBuilder<std::string> column;
  for (int i = 0; i < kRows; ++i)
    null(i) ? column.push_null() : column.push(std::string_view(std::string(value(i))));
  return std::move(column).finish();
}

template <class Value, class Null>
ps::Column category_of(std::vector<std::string> texts, Value value, Null null) {
  ps::CategoryBuilder column(texts);
  for (int i = 0; i < kRows; ++i)
    null(i) ? column.push_null() : column.push(std::string_view(texts[std::size_t(value(i))]));
  return std::move(column).finish();
}

ps::Frame sample_frame(std::vector<std::string> code_texts) {
  using T = ps::DataType;
  const auto third = [](int i) { return i % 3 == 1; };
  ps::Frame frame;
  frame.schema = sample_schema();
  frame.rows = kRows;
  auto& columns = frame.columns;
  columns.push_back(column_of<std::int32_t>(T::Int32, [](int i) { return i / 8760; }));
  columns.push_back(column_of<std::int64_t>(
      T::Timestamp, [](int i) { return 1483228800000 + 3600000LL * (i % 8760); }));
  columns.push_back(column_of<std::int64_t>(
      T::Timestamp, [](int i) { return 1483228800 + 3600LL * (i % 8760); }));
  columns.push_back(column_of<std::int64_t>(
      T::Timestamp, [](int i) { return -5'000'000LL * i * i; }, third));
  columns.push_back(
      column_of<std::int32_t>(T::Date, [](int i) { return i % 20000 - 10000; }, third));
  columns.push_back(column_of<bool>(T::Bool, [](int i) { return i % 2 == 1; }, third));
  columns.push_back(column_of<std::int64_t>(
      T::Int64,
      [](int i) {
        return i == 0   ? std::numeric_limits<std::int64_t>::min()
               : i == 2 ? std::numeric_limits<std::int64_t>::max()
                        : 7919LL * i;
      },
      third));
  const auto half = [](int i) { return i % 1000 < 500; };
  const auto all = [](int) { return true; };
  columns.push_back(column_of<float>(T::Float32, [](int i) { return i % 700 * 0.5; }, half));
  columns.push_back(column_of<double>(
      T::Float64, [](int i) { return i % 1000 == 0 ? NAN : std::sqrt(i); }, third));
  columns.push_back(text_of([](int i) { return "unit " + std::to_string(i / 8760); }));
  columns.push_back(text_of([](int i) { return "note " + std::to_string(i); }, third));
  columns.push_back(text_of([](int) { return ""; }, all));
  const int last = int(code_texts.size()) - 1;
  columns.push_back(category_of(std::move(code_texts),
                                [&](int i) { return i % 7 == 0 ? last : 2; }, half));
  columns.push_back(category_of({}, [](int) { return 0; }, all));
  return frame;
}

ps::Frame long_texts() {
  ps::Schema schema{.name = "long"};
  schema.fields = {{.name = "text", .type = ps::DataType::Text}};
  std::string umlauts;
  for (int i = 0; i < 2'500'000; ++i) umlauts += "ä";
  ps::ColumnBuilder<std::string> text;
  text.push(std::string_view(std::string(5'000'000, 'a')));
  text.push(std::string_view(umlauts));
  text.push_null();
  return {std::make_shared<const ps::Schema>(std::move(schema)), {std::move(text).finish()}, 3};
}

ps::Status write_samples(const std::filesystem::path& folder) {
  const auto declared = sample_frame({"Calculated", "LME", "Measured"});
  const auto extended = sample_frame({"Calculated", "LME", "Measured", "Guess"});
  const ps::FileMetadata metadata = {{"cems.partition", "year=2017,state=ID"}};
  const auto write = [&](const char* name, const ps::Frame& frame, ps::ParquetOptions options) {
    return ps::write_parquet(folder / name, frame, metadata, options);
  };
  using enum ps::ParquetCompression;
  PENSTOCK_TRY(write("sample.parquet", declared, {.row_group_rows = 40'000}));
  PENSTOCK_TRY(write("zstd.parquet", declared, {.compression = Zstd}));
  PENSTOCK_TRY(write("none.parquet", declared, {.compression = None}));
  PENSTOCK_TRY(write("extended.parquet", extended, {}));
  PENSTOCK_TRY(ps::concat_parquet({folder / "sample.parquet", folder / "extended.parquet"},
                                  folder / "joined.parquet", metadata));
  PENSTOCK_TRY(ps::write_parquet(folder / "long.parquet", long_texts()));
  auto nothing = PENSTOCK_TRY(ps::ParquetWriter::open(folder / "empty.parquet", sample_schema()));
  PENSTOCK_TRY(nothing.close());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: parquet_sample_main FOLDER\n");
    return 2;
  }
  const auto status = write_samples(argv[1]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.error().to_string().c_str());
  return 1;
}

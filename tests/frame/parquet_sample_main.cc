// Writes sample.parquet with a column of every type, and parts that are joined, into a folder:
// what parquet_readers_test.py opens with other readers.
#include <cmath>
#include <cstdio>
#include <limits>

#include "penstock/frame/column.h"
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

void set_null(ps::Column& column, int i) {
  if (column.validity.empty()) column.validity.assign((kRows + 7) / 8, 0xFF);
  auto& byte = column.validity[std::size_t(i / 8)];
  byte = std::uint8_t(byte & ~(1U << (i % 8)));
  ++column.null_count;
}

template <class T, class Value>
ps::Column column_of(ps::DataType type, Value value) {
  auto column = ps::Column::make(type);
  for (int i = 0; i < kRows; ++i) column.get<T>().push_back(T(value(i)));
  return column;
}

template <class Value>
ps::Column text_of(Value value) {
  auto column = ps::Column::make(ps::DataType::Text);
  auto& text = std::get<ps::TextValues>(column.values);
  for (int i = 0; i < kRows; ++i) {
    const std::string one = value(i);
    text.bytes.insert(text.bytes.end(), one.begin(), one.end());
    text.offsets.push_back(std::int64_t(text.bytes.size()));
  }
  return column;
}

template <class Null>
ps::Column with_nulls(ps::Column column, Null null) {
  for (int i = 0; i < kRows; ++i)
    if (null(i)) set_null(column, i);
  return column;
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
  columns.push_back(with_nulls(
      column_of<std::int64_t>(T::Timestamp, [](int i) { return -5'000'000LL * i * i; }), third));
  columns.push_back(
      with_nulls(column_of<std::int32_t>(T::Date, [](int i) { return i % 20000 - 10000; }), third));
  columns.push_back(
      with_nulls(column_of<std::uint8_t>(T::Bool, [](int i) { return i % 2; }), third));
  columns.push_back(with_nulls(
      column_of<std::int64_t>(T::Int64,
                              [](int i) {
                                return i == 0   ? std::numeric_limits<std::int64_t>::min()
                                       : i == 2 ? std::numeric_limits<std::int64_t>::max()
                                                : 7919LL * i;
                              }),
      third));
  columns.push_back(with_nulls(column_of<float>(T::Float32, [](int i) { return i % 700 * 0.5; }),
                               [](int i) { return i % 1000 < 500; }));
  columns.push_back(with_nulls(
      column_of<double>(T::Float64, [](int i) { return i % 1000 == 0 ? NAN : std::sqrt(i); }),
      third));
  columns.push_back(text_of([](int i) { return "unit " + std::to_string(i / 8760); }));
  columns.push_back(with_nulls(text_of([](int i) { return "note " + std::to_string(i); }), third));
  columns.push_back(with_nulls(text_of([](int) { return ""; }), [](int) { return true; }));
  auto code = column_of<std::int32_t>(T::Category, [&](int i) {
    return i % 1000 < 500 ? -1 : i % 7 == 0 ? int(code_texts.size()) - 1 : 2;
  });
  code.dictionary = std::make_shared<const ps::Dictionary>(std::move(code_texts));
  columns.push_back(with_nulls(std::move(code), [](int i) { return i % 1000 < 500; }));
  auto idle = column_of<std::int32_t>(T::Category, [](int) { return 0; });
  idle.dictionary = std::make_shared<const ps::Dictionary>();
  columns.push_back(with_nulls(std::move(idle), [](int) { return true; }));
  return frame;
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

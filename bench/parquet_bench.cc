// How fast a frame like an EPA CEMS partition becomes a Parquet file, on one core.
//
//   bench_parquet_bench [FILE.parquet]     FILE instead of made-up rows
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>

#include "penstock/frame/column_builder.h"
#include "penstock/frame/parquet.h"
#include "penstock/frame/parquet_concat.h"
#include "penstock/frame/parquet_reader.h"
#include "penstock/frame/profile.h"

namespace ps = penstock;
using T = ps::DataType;

namespace {

constexpr int kUnits = 206;
constexpr int kHours = 8760;
constexpr std::size_t kRows = std::size_t(kUnits) * kHours;
const ps::Dictionary kCodes = {
    "Calculated", "LME",        "Measured",     "Measured and Substitute",
    "Other",      "Substitute", "Undetermined", "Unknown Code"};

std::shared_ptr<const ps::Schema> cems_schema() {
  ps::Schema schema;
  schema.name = "core_epacems__hourly_emissions";
  schema.primary_key = {"plant_id_epa", "emissions_unit_id_epa", "operating_datetime_utc"};
  const auto measure = [](const char* name) { return ps::Field{.name = name, .type = T::Float32}; };
  const auto code = [](const char* name) {
    return ps::Field{.name = name, .type = T::Category, .categories = kCodes};
  };
  schema.fields = {{.name = "plant_id_eia"},
                   {.name = "plant_id_epa", .nullable = false},
                   {.name = "emissions_unit_id_epa", .type = T::Text, .nullable = false},
                   {.name = "operating_datetime_utc", .type = T::Timestamp, .nullable = false},
                   {.name = "year", .nullable = false},
                   {.name = "state", .type = T::Category, .categories = {"AL", "AR", "FL"}},
                   measure("operating_time_hours"),
                   measure("gross_load_mw"),
                   measure("heat_content_mmbtu"),
                   measure("steam_load_lbs"),
                   measure("so2_mass_lbs"),
                   code("so2_mass_measurement_code"),
                   measure("nox_mass_lbs"),
                   code("nox_mass_measurement_code"),
                   measure("co2_mass_tons"),
                   code("co2_mass_measurement_code")};
  return std::make_shared<const ps::Schema>(std::move(schema));
}

// Units run and rest for days: half of the hours are idle.
std::vector<bool> running_hours(std::mt19937& random) {
  std::vector<bool> running(kRows);
  bool on = false;
  for (std::size_t i = 0; i < kRows; ++i) {
    if (random() % 40 == 0) on = !on;
    running[i] = on;
  }
  return running;
}

void make_nullable(ps::Column& column, const std::vector<bool>& valid) {
  ps::ValidityBuilder validity(std::int64_t{kRows});
  for (std::size_t i = 0; i < kRows; ++i) validity.push(valid[i]);
  std::move(validity).finish(column);
}

template <class Value>
ps::Column numbers(T type, Value value) {
  auto column = ps::Column::make(type);
  std::visit(
      [&](auto& buffer) {
        if constexpr (requires { buffer.resize(kRows); }) {
          buffer.resize(kRows);
          for (std::size_t i = 0; i < kRows; ++i)
            buffer[i] = static_cast<std::decay_t<decltype(buffer[0])>>(value(i));
        }
      },
      column.values);
  return column;
}

template <class Value>
ps::Column texts(const ps::Dictionary& dictionary, Value value) {
  auto column = numbers(T::Category, value);
  column.dictionary = std::make_shared<const ps::Dictionary>(dictionary);
  return column;
}

ps::Frame cems_frame() {
  std::mt19937 random(20171);
  const auto running = running_hours(random);
  ps::Dictionary units;
  for (int i = 0; i < kUnits; ++i) units.push_back("CT-" + std::to_string(100 + i));
  const auto plant = [](std::size_t i) { return 600 + i / kHours / 4; };
  // A unit's measures move in steps around a level and carry one or three decimals.
  const auto measure = [&](double level, double step) {
    auto column = numbers(T::Float32, [&](std::size_t i) {
      const auto count = double(random() % 1024) + double(i / kHours % 7) * 100;
      return running[i] ? step * double(std::int64_t((level + level * count / 1000) / step)) : 0;
    });
    make_nullable(column, running);
    return column;
  };
  const auto code = [&] {
    auto column = texts(kCodes, [&](std::size_t) { return random() % 50 == 0 ? 5 : 2; });
    make_nullable(column, running);
    return column;
  };

  ps::Frame frame;
  frame.schema = cems_schema();
  frame.rows = std::int64_t(kRows);
  auto& columns = frame.columns;
  columns.push_back(numbers(T::Int32, plant));
  columns.push_back(numbers(T::Int32, plant));
  columns.push_back(texts(units, [](std::size_t i) { return i / kHours; }));
  columns.push_back(numbers(T::Timestamp, [](std::size_t i) {
    return 1483246800000 + 3600000 * std::int64_t(i % kHours);
  }));
  columns.push_back(numbers(T::Int32, [](std::size_t) { return 2017; }));
  columns.push_back(texts({"AL", "AR", "FL"}, [](std::size_t) { return 2; }));
  columns.push_back(numbers(T::Float32, [&](std::size_t i) {
    return !running[i] ? 0 : random() % 20 == 0 ? double(random() % 100) / 100 : 1;
  }));
  columns.push_back(measure(200, 1));
  columns.push_back(measure(2000, 0.1));
  columns.push_back(numbers(T::Float32, [](std::size_t) { return 0; }));
  make_nullable(columns.back(), std::vector<bool>(kRows, false));
  columns.push_back(measure(5, 0.001));
  columns.push_back(code());
  columns.push_back(measure(50, 0.001));
  columns.push_back(code());
  columns.push_back(measure(120, 0.1));
  columns.push_back(code());
  return frame;
}

// Time on the processor: what other programs take does not count.
double seconds_of(auto work) {
  const auto start = std::clock();
  work();
  return double(std::clock() - start) / CLOCKS_PER_SEC;
}

template <class Result>
auto must(Result result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.error().to_string().c_str());
    std::exit(1);
  }
  return std::move(result).value();
}

void report(const char* what, std::int64_t rows, double seconds, std::uint64_t bytes) {
  std::printf("%-10s %7.1f Mrow/s  %6.1f ns/row  %5.2f bytes/row\n", what,
              double(rows) / seconds / 1e6, seconds / double(rows) * 1e9,
              double(bytes) / double(rows));
}

}  // namespace

int main(int argc, char** argv) {
  const auto frame = argc > 1 ? must(ps::read_parquet(argv[1])) : cems_frame();
  const auto path = std::filesystem::temp_directory_path() / "penstock_parquet_bench.parquet";
  for (const auto compression : {ps::ParquetCompression::Snappy, ps::ParquetCompression::Zstd,
                                 ps::ParquetCompression::None}) {
    double best = 1e9;
    std::uint64_t bytes = 0;
    for (int round = 0; round < 5; ++round)
      best = std::min(
          best, seconds_of([&] {
            bytes = must(ps::write_parquet(path, frame, {}, {.compression = compression})).bytes;
          }));
    report(std::string(ps::to_string(compression)).c_str(), frame.rows, best, bytes);
  }
  for (std::size_t i = 0; i < frame.columns.size() && argc > 2; ++i) {
    ps::Frame one;
    ps::Schema schema;
    schema.fields = {frame.schema->fields[i]};
    one.schema = std::make_shared<const ps::Schema>(schema);
    one.columns = {frame.columns[i]};
    one.rows = frame.rows;
    double best = 1e9;
    std::uint64_t bytes = 0;
    for (int round = 0; round < 3; ++round)
      best = std::min(
          best, seconds_of([&] { bytes = must(ps::write_parquet(path, one, {}, {})).bytes; }));
    report(schema.fields[0].name.substr(0, 10).c_str(), one.rows, best, bytes);
  }
  const auto bytes = must(ps::write_parquet(path, frame)).bytes;
  report("read", frame.rows, seconds_of([&] { must(ps::read_parquet(path)); }), bytes);
  const auto joined = path.string() + ".joined";
  report("join", 2 * frame.rows,
         seconds_of([&] { must(ps::concat_parquet({path, path}, joined)); }), bytes);
  report("profile", frame.rows, seconds_of([&] { must(ps::profile_frame(frame)); }), frame.bytes());
  std::filesystem::remove(joined);
  std::filesystem::remove(path);
  return 0;
}

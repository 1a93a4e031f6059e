// Tables: CSV text into a frame, through an op, into a Parquet file and back.
//
// run: job run weather
// expect: SUCCESS  weather
#include <penstock/base/byte_source.h>
#include <penstock/frame/csv.h>
#include <penstock/frame/parquet.h>
#include <penstock/frame/parquet_reader.h>
#include <penstock/penstock.h>
#include <memory>

namespace ps = penstock;

constexpr std::string_view kText = "station,mm\nOslo,6.5\nBergen,23.1\nOslo,\n";

// [schema]
std::shared_ptr<const ps::Schema> rain_schema() {
  ps::Schema schema{.name = "rain", .description = "rain by day"};
  schema.fields = {{.name = "station", .type = ps::DataType::Category, .nullable = false},
                   {.name = "mm", .type = ps::DataType::Float64, .unit = "mm"}};
  return std::make_shared<const ps::Schema>(std::move(schema));
}
// [/schema]

// [read]
ps::Result<ps::Frame> read_text() {
  const ps::CsvSpec spec{{{.name = "station", .type = ps::DataType::Category, .nullable = false},
                          {.name = "mm", .type = ps::DataType::Float64}}};
  auto text = std::make_unique<ps::MemorySource>(ps::MemorySource::view(kText));
  auto reader = PENSTOCK_TRY(ps::CsvReader::open(std::move(text), spec));
  ps::CsvBatch batch;  // loop over next() for a file of more rows than one batch
  PENSTOCK_TRY(reader.next(batch));
  return ps::Frame{rain_schema(), std::move(batch.columns), batch.rows};
}
// [/read]

// [write]
ps::Status write_file(const ps::Frame& rain) {
  PENSTOCK_TRY(ps::write_parquet("rain.parquet", rain, {{"source", "an example"}}));
  auto file = PENSTOCK_TRY(ps::ParquetReader::open("rain.parquet"));
  const auto back = PENSTOCK_TRY(file.read_all({"mm"}));
  if (back.rows == rain.rows && back.columns[0].null_count == 1) return {};
  return ps::Failure("the file does not hold what was written");
}
// [/write]

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("weather", [](ps::GraphBuilder& g) { g.op<write_file>(g.op<read_text>()); });
  return defs.build();
}

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

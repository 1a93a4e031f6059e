// A small user program with tables: what compiling one costs is measured with it.
//
//   bench_small_frames job run rainfall
#include <memory>
#include <numeric>

#include <penstock/base/byte_source.h>
#include <penstock/frame/csv.h>
#include <penstock/frame/parquet.h>
#include <penstock/penstock.h>

namespace ps = penstock;

namespace {

constexpr std::string_view kText = "station,millimetres\nNorth,4.5\nSouth,2\nNorth,1\n";

std::shared_ptr<const ps::Schema> rain_schema() {
  ps::Schema schema;
  schema.name = "rainfall";
  schema.fields = {{.name = "station", .type = ps::DataType::Category, .nullable = false},
                   {.name = "millimetres", .type = ps::DataType::Float64, .unit = "mm"}};
  return std::make_shared<const ps::Schema>(std::move(schema));
}

ps::Result<ps::Frame> extract() {
  const ps::CsvSpec spec{{{.name = "station", .type = ps::DataType::Category, .nullable = false},
                          {.name = "millimetres", .type = ps::DataType::Float64}}};
  auto text = std::make_unique<ps::MemorySource>(ps::MemorySource::view(kText));
  auto reader = PENSTOCK_TRY(ps::CsvReader::open(std::move(text), spec));
  ps::CsvBatch batch;
  PENSTOCK_TRY(reader.next(batch));
  return ps::Frame{rain_schema(), std::move(batch.columns), batch.rows};
}

double total(const ps::Frame& rain) {
  const auto& column = rain.columns.at(1).get<double>();
  return std::accumulate(column.begin(), column.end(), 0.0);
}

struct Output {
  std::string file = "rainfall.parquet";

  static void describe(ps::ConfigSchema<Output>& s) {
    s.field("file", &Output::file).describe("the Parquet file to write");
  }
};

ps::Result<std::int64_t> load(const Output& output, const ps::Frame& rain) {
  PENSTOCK_TRY(ps::write_parquet(output.file, rain));
  return rain.rows;
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("rainfall", [](ps::GraphBuilder& g) {
    const auto rain = g.op<extract>();
    g.op<total>(rain);
    g.op<load>(rain);
  });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

// What is kept of values: outputs stored by IO managers, and values kept for later runs.
//
// run: job run weather --set resources.tables.config.folder=out
// expect: SUCCESS  weather
// run: job run weather --keep all
// run: storage verify
// expect: ok: the log is sound
// run: gc --dry-run
#include <penstock/frame/column_builder.h>
#include <penstock/io/file_managers.h>
#include <penstock/penstock.h>

namespace ps = penstock;

ps::Dynamic<std::string> stations() {
  ps::Dynamic<std::string> out;
  for (const char* name : {"Bergen", "Oslo"}) out.yield(name, std::string(name));
  return out;
}

ps::Frame readings(const std::string& station) {
  ps::Schema schema{.name = "rain"};
  schema.fields = {{.name = "mm", .type = ps::DataType::Float64, .unit = "mm"}};
  ps::ColumnBuilder<double> mm(ps::DataType::Float64);
  for (std::size_t day = 0; day < 30; ++day) mm.push(double(day * station.size() % 7));
  return {std::make_shared<const ps::Schema>(schema), {std::move(mm).finish()}, 30};
}

// [json]
struct Summary {
  std::int64_t days = 0;
  double mm = 0;
  static void describe(ps::ConfigSchema<Summary>& s) {
    s.field("days", &Summary::days);
    s.field("mm", &Summary::mm);
  }
};
// [/json]

Summary summarize(const std::vector<ps::Frame>& tables) {
  Summary sum;
  for (const auto& table : tables) {
    sum.days += table.rows;
    for (const double mm : table.columns[0].get<double>()) sum.mm += mm;
  }
  return sum;
}

// [managers]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.resource<ps::IoManager>("tables", &ps::open_parquet_manager);
  defs.resource<ps::IoManager>("documents", &ps::open_json_manager<Summary>);
  defs.op<readings>().io("tables");
  defs.op<summarize>().io("documents");
  defs.op<stations>().keep(ps::Keep::None);  // quickly made again
  defs.job("weather",
           [](ps::GraphBuilder& g) {
             g.op<summarize>(g.op<stations>().map<readings>().collect());
           })
      .keep(ps::Keep::Failed);  // as it is when nothing is said
  return defs.build();
}
// [/managers]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

// Facts of all kinds, as an op attaches them to its output.
//
// run: job run report
// expect: SUCCESS  report
#include <penstock/model/metadata_table.h>
#include <penstock/penstock.h>

namespace ps = penstock;

// [facts]
int report(ps::OpContext& op) {
  using ps::MetadataValue;
  const ps::TableSchema schema = {
      .columns = {{.name = "state", .nullable = false}, {.name = "mwh", .type = "float64"}}};
  op.add_metadata("largest", MetadataValue::table(schema, {{"TX", 41.5}, {"FL", 23.0}}));
  op.add_metadata("penstock/column_schema", MetadataValue::table_schema(schema));
  op.add_metadata("penstock/row_count", 2);
  op.add_metadata("source", MetadataValue::asset("raw/cems"));
  op.add_metadata("notes", MetadataValue::markdown("**two** states of 48"));
  op.add_metadata("code", MetadataValue::code_reference({{.file = "facts.cc", .line = 20}}));
  return 2;
}
// [/facts]

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("report", [](ps::GraphBuilder& g) { g.op<report>(); });
  return defs.build();
}

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

// A config with constraints, a choice of structs, a size, a duration and rules over several fields.
//
// run: job run export --set ops.export_rows.config.target.table.name=orders
// expect: SUCCESS  export
// run: config scaffold export --all-defaults
// expect: row_limit: 1000
// run: config check export --set ops.export_rows.config.row_limit=7
// expect: ok
#include <penstock/penstock.h>
#include <algorithm>
#include <chrono>

namespace ps = penstock;

// [config]
struct Folder {
  std::string path = "out";
  static void describe(ps::ConfigSchema<Folder>& s) { s.field("path", &Folder::path); }
};
struct Table {
  std::string name;
  static void describe(ps::ConfigSchema<Table>& s) {
    s.field("name", &Table::name).required().pattern("[a-z_]+");
  }
};

struct Export {
  int row_limit = 1000;
  std::optional<std::string> owner;  // null, or left out
  std::vector<int> years = {2020, 2021};
  ps::Bytes buffer{64 << 20};                     // `64MiB` in a document
  std::chrono::milliseconds pause{0};             // `250ms`, `1.5s`
  std::variant<Folder, Table> target = Folder{};  // exactly one of the two

  static void describe(ps::ConfigSchema<Export>& s) {
    s.describe("what to export, and where to");
    s.field("row_limit", &Export::row_limit).describe("most rows to export").min(1);
    s.field("owner", &Export::owner).describe("who asked for it");
    s.field("years", &Export::years).describe("years, ascending").min_items(1);
    s.field("buffer", &Export::buffer).describe("memory to use").max({1 << 30});
    s.field("pause", &Export::pause).describe("wait between two writes");
    s.field("target", &Export::target).describe("where to").alternatives({"folder", "table"});
  }
  // Rules that one field cannot express.
  static void check(const Export& self, ps::ConfigCheck& check) {
    if (!std::is_sorted(self.years.begin(), self.years.end()))
      check.problem("years", "are not ascending");
  }
};
// [/config]

int export_rows(const Export& config) { return std::min(config.row_limit, 100); }

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("export", [](ps::GraphBuilder& g) { g.op<export_rows>(); });
  return defs.build();
}

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

// Resources: one that needs another, and two of the same type that are told apart by name.
//
// run: job run copy --set resources.disk.config.block=8KiB
// expect: SUCCESS  copy
// run: definitions list
// expect: disk
#include <penstock/penstock.h>

namespace ps = penstock;

// [resources]
struct DiskConfig {
  ps::Bytes block{4096};
  static void describe(ps::ConfigSchema<DiskConfig>& s) {
    s.field("block", &DiskConfig::block).describe("bytes that are read at a time");
  }
};
struct Disk {
  std::uint64_t block = 0;
};
struct Database {
  std::string name;
  std::uint64_t page = 0;
};

ps::Result<Disk> open_disk(const DiskConfig& config) {
  if (config.block.count < 1)
    return ps::make_error(ps::ErrorCode::Resource, "block is not at least 1 byte");
  return Disk{std::uint64_t(config.block.count)};
}
// [/resources]

// [ops]
int count_rows(ps::Resource<Database, "orders"> from) { return int(from->name.size()); }
void copy_rows(ps::Resource<Database, "archive"> to, ps::OpContext& op, const int& rows) {
  op.info("copied " + std::to_string(rows) + " rows to " + to->name);
}
// [/ops]

// [definitions]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.resource<Disk>("disk", &open_disk);
  for (const std::string name : {"orders", "archive"})
    defs.resource<Database>(
        name, [name](ps::Resource<Disk> disk) { return Database{name, disk->block}; });
  defs.job("copy", [](ps::GraphBuilder& g) { g.op<copy_rows>(g.op<count_rows>()); });
  return defs.build();
}
// [/definitions]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

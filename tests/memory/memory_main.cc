// A map of items that are large, through extract, transform and load: what is in memory at a time
// are the items that are being worked on, however many there will be.
//
//   memory_main job run large_items --jobs 2 --memory 400MiB --set ops.items.config.count=1000
#include <penstock/penstock.h>

#include <sys/resource.h>

namespace ps = penstock;

namespace {

struct Items {
  int count = 40;
  std::int64_t megabytes = 64;
  static void describe(ps::ConfigSchema<Items>& s) {
    s.field("count", &Items::count).describe("items").range(1, 1'000'000);
    s.field("megabytes", &Items::megabytes).describe("size of each").range(1, 1024);
  }
};

struct Item {
  int number = 0;
  std::int64_t bytes = 0;
};

/// Pages that were written to, so that they count.
struct Block {
  std::vector<std::uint8_t> data;
  std::uint64_t bytes() const { return data.capacity(); }
};

ps::Dynamic<Item> items(ps::OpContext& op, const Items& config) {
  ps::Dynamic<Item> out(op);
  for (int i = 0; i < config.count; ++i)
    out.yield("i" + std::to_string(i), Item{i, config.megabytes << 20});
  return out;
}
Block extract(const Item& item) {
  return {std::vector<std::uint8_t>(std::size_t(item.bytes), std::uint8_t(item.number))};
}
Block transform(const Block& from) {
  Block made{from.data};
  for (std::size_t i = 0; i < made.data.size(); i += 4096) ++made.data[i];
  return made;
}
std::int64_t load(const Block& block) {
  return block.data.front() + std::int64_t(block.data.size());
}

std::int64_t report(ps::OpContext& op, const std::vector<std::int64_t>& loaded) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  op.add_metadata("peak_bytes", std::int64_t(usage.ru_maxrss) * 1024);
  op.add_metadata("items", std::int64_t(loaded.size()));
  return std::int64_t(loaded.size());
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  constexpr std::uint64_t kBlock = 64ULL << 20;
  defs.op<extract>().memory<Item>([](const Item& item) { return std::uint64_t(item.bytes); });
  defs.op<transform>().memory<Block>([](const Block& block) { return block.bytes(); });
  defs.op<load>().memory(kBlock / 64);
  defs.job("large_items", [](ps::GraphBuilder& g) {
    auto chain = g.op<items>().map<extract>().map<transform>().map<load>();
    g.op<report>(chain.collect());
  });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

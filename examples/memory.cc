// A run that keeps within a memory budget: ops say what they need, values say what they hold.
//
// run: job run render --memory 64MiB --jobs 4
// expect: SUCCESS  render
#include <penstock/penstock.h>

namespace ps = penstock;

// [value]
struct Image {
  std::vector<unsigned char> pixels;
  static constexpr std::string_view kTypeName = "image";     // in lists and events
  std::uint64_t bytes() const { return pixels.capacity(); }  // counts against the budget
  void summarize(ps::Metadata& facts) const {                // kept with the output's event
    facts.emplace_back("pixels", pixels.size());
  }
};
// [/value]

ps::Dynamic<int> sizes(ps::OpContext& op) {
  ps::Dynamic<int> items(op);
  for (int mib = 1; mib <= 8; ++mib) items.yield("mib" + std::to_string(mib), mib);
  return items;
}
Image render(const int& mib) { return {std::vector<unsigned char>(std::size_t(mib) << 20)}; }
std::size_t shrink(const Image& image) { return image.pixels.size() / 2; }
std::size_t add_up(const std::vector<std::size_t>& all) {
  std::size_t sum = 0;
  for (const auto size : all) sum += size;
  return sum;
}

// [budget]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.op<render>().memory<int>([](const int& mib) { return std::uint64_t(mib) << 20; });
  defs.op<shrink>().memory(1 << 20);
  defs.op<add_up>().cpu(2);  // occupies two of the run's slots
  defs.job("render", [](ps::GraphBuilder& g) {
    g.op<add_up>(g.op<sizes>().map<render>().map<shrink>().collect());
  });
  return defs.build();
}
// [/budget]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

// A small program for the tests of stored values: a chain and a fan-out whose values are as large
// as asked, and whose last steps fail on request.
#include <penstock/penstock.h>

namespace ps = penstock;

namespace {

struct Size {
  int bytes = 5000;
  int items = 3;
  static void describe(ps::ConfigSchema<Size>& s) {
    s.field("bytes", &Size::bytes).range(0, 1 << 30);
    s.field("items", &Size::items).range(0, 100'000);
  }
};

struct Failing {
  bool fail = false;
  static void describe(ps::ConfigSchema<Failing>& s) { s.field("fail", &Failing::fail); }
};

std::string make(const Size& size) { return std::string(std::size_t(size.bytes), 'x'); }
std::string next(const std::string& text) { return text + "."; }
ps::Result<std::int64_t> measure(ps::OpContext& op, const Failing& failing,
                                 const std::string& text) {
  PENSTOCK_TRY(op.checkpoint().save(text.size()));
  if (failing.fail) return ps::Failure("told to", {}, false);
  return std::int64_t(text.size());
}

ps::Dynamic<std::string> items(ps::OpContext& op, const Size& size) {
  ps::Dynamic<std::string> out(op);
  for (int i = 0; i < size.items; ++i) out.yield("i" + std::to_string(i), make(size));
  return out;
}
std::int64_t total(const std::vector<std::string>& texts) { return std::int64_t(texts.size()); }

struct OpenFile {
  static constexpr bool kPortable = false;
};
OpenFile open_file() { return {}; }
int read_file(const OpenFile&) { return 1; }

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("chain", [](ps::GraphBuilder& g) {
    auto text = g.op<make>();
    for (int i = 1; i <= 8; ++i)
      text = g.with({.alias = "next" + std::to_string(i)}).op<next>(text);
    g.op<measure>(text);
  });
  defs.job("fan_out",
           [](ps::GraphBuilder& g) { g.op<total>(g.op<items>().map<next>().collect()); });
  defs.job("files", [](ps::GraphBuilder& g) { g.op<read_file>(g.op<open_file>()); });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

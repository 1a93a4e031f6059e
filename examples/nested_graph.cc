// A graph that is used like an op, configured by a struct of its own.
//
// run: job run words
// expect: SUCCESS  words
// run: job run words --set ops.tidy.config.loud=true
// expect: tidy.mark
#include <penstock/penstock.h>

namespace ps = penstock;

// [ops]
struct Case {
  bool upper = false;
  static void describe(ps::ConfigSchema<Case>& s) { s.field("upper", &Case::upper); }
};
struct Mark {
  std::string text = ".";
  static void describe(ps::ConfigSchema<Mark>& s) { s.field("text", &Mark::text); }
};

std::string word() { return "Water"; }
std::string set_case(const Case& config, const std::string& in) {
  return config.upper ? ps::to_upper(in) : ps::to_lower(in);
}
std::string mark(const Mark& config, const std::string& in) { return in + config.text; }
// [/ops]

// [graph]
struct Tidy {  // what users of the graph set
  bool loud = false;
  static void describe(ps::ConfigSchema<Tidy>& s) {
    s.field("loud", &Tidy::loud).describe("upper case and an exclamation mark");
  }
};

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  auto tidy = defs.graph("tidy", [](ps::GraphBuilder& g, ps::Ref<std::string> in) {
    return g.op<mark>(g.op<set_case>(in));
  });
  tidy.config<Tidy>([](const Tidy& outer, ps::InnerConfig& inner) {
    inner.op("set_case", Case{.upper = outer.loud});
    inner.op("mark", Mark{.text = outer.loud ? "!" : "."});
  });
  defs.job("words", [&](ps::GraphBuilder& g) { g.graph(tidy, g.op<word>()); });
  return defs.build();
}
// [/graph]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

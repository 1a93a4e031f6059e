// A program for tests of config at the command line: inputs fed by config, fixed fields, pools, a
// secret, a job with a mapping.
#include <penstock/penstock.h>

#include <limits>

namespace ps = penstock;

namespace {

struct Greeting {
  std::string word = "hello";
  int times = 1;
  ps::Secret key = ps::Secret::from_env("GREETING_KEY");
  static void describe(ps::ConfigSchema<Greeting>& s) {
    s.field("word", &Greeting::word).describe("what is said").pattern("[a-z]+");
    s.field("times", &Greeting::times).describe("how often").range(1, 10);
    s.field("key", &Greeting::key).describe("signs the greeting");
  }
};

ps::Result<int> greet(ps::OpContext& op, const Greeting& greeting,
                      const std::vector<std::string>& names) {
  if (greeting.word == "fail") return ps::make_error(ps::ErrorCode::UserFailure, "as asked");
  if (greeting.word == "loud")
    for (int line = 0; line < 5000; ++line)
      op.out() << "line " << std::to_string(10000 + line).substr(1) << std::string(40, '.') << '\n';
  for (const auto& name : names)
    op.info(greeting.word + " " + name + ", signed " + greeting.key.reveal());
  return greeting.times;
}
void report(const int&) {}

// Values at the ends of their types.
struct Extremes {
  double top = std::numeric_limits<double>::infinity();
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  float rate = 0.1F;
  std::string text = "no";
  std::map<std::string, std::vector<double>> named;
  ps::ConfigValue anything = -std::numeric_limits<double>::infinity();
  static void describe(ps::ConfigSchema<Extremes>& s) {
    s.field("top", &Extremes::top);
    s.field("most", &Extremes::most);
    s.field("rate", &Extremes::rate);
    s.field("text", &Extremes::text);
    s.field("named", &Extremes::named);
    s.field("anything", &Extremes::anything);
  }
};

int extremes(ps::OpContext& op, const Extremes& config) {
  op.info(ps::brief(ps::encode_config(config), 100'000));
  op.add_metadata("top", config.top);
  op.add_metadata("most", config.most);
  return 0;
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.op<greet>().pool("voice", 2).pool("breath");
  defs.job("greet",
           [](ps::GraphBuilder& g) {
             const auto names = g.input<std::vector<std::string>>(
                 "names", {.description = "who is greeted"});
             g.op<report>(
                 g.with({.config = ps::ConfigValue::map({{"times", 2}})}).op<greet>(names));
           })
      .pool("voice", 4)
      .tag("team", "words")
      .run_tag("kind", "test")
      .metadata("docs", ps::MetadataValue::url("https://example.org"));
  defs.job("extremes", [](ps::GraphBuilder& g) { g.op<extremes>(); });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

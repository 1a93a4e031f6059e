// A small program for the tests of stored values: a chain and a fan-out whose values are as large
// as asked, and whose last steps fail on request.
#include <penstock/frame/column.h>
#include <penstock/io/file_managers.h>
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

/// What a report is made of, in a file of each kind of manager.
struct Summary {
  std::int64_t bytes = 0;
  static void describe(ps::ConfigSchema<Summary>& s) { s.field("bytes", &Summary::bytes); }
};
ps::Dynamic<std::string> parts(ps::OpContext& op, const Size& size) {
  ps::Dynamic<std::string> out(op);
  for (const char* key : {"a", "b"}) out.yield(key, key + make(size));
  return out;
}
Summary summarize(const std::vector<std::string>& texts) {
  Summary sum;
  for (const auto& text : texts) sum.bytes += std::int64_t(text.size());
  return sum;
}
ps::Frame tabulate(const std::vector<std::string>& texts) {
  ps::Schema schema{.name = "sizes"};
  schema.fields = {{.name = "bytes", .type = ps::DataType::Int64}};
  auto bytes = ps::Column::make(ps::DataType::Int64);
  bytes.get<std::int64_t>().push_back(summarize(texts).bytes);
  return {std::make_shared<const ps::Schema>(schema), {std::move(bytes)}, 1};
}

/// An IO manager of the user's own: it reads whatever is there.
struct Texts {
  ps::Result<ps::StoredObject> handle_output(const ps::OutputContext& output,
                                             const ps::Value& value) const {
    auto file = PENSTOCK_TRY(output.stage("out/own/" + output.op + ".txt"));
    PENSTOCK_TRY(file.write(value.as<std::string>()));
    return file.stored();
  }
  ps::Result<ps::Value> load_input(const ps::InputContext& input) const {
    return ps::Value::make(PENSTOCK_TRY(ps::read_file(input.object.path)));
  }
};

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
  defs.resource<ps::IoManager>("encoded", &ps::open_file_manager);
  defs.resource<ps::IoManager>("documents", &ps::open_json_manager<Summary>);
  defs.resource<ps::IoManager>("tables", &ps::open_parquet_manager);
  defs.op<parts>().io("encoded");
  defs.op<summarize>().io("documents");
  defs.op<tabulate>().io("tables");
  auto folder = ps::ConfigValue::map();
  for (const char* name : {"encoded", "documents", "tables"})
    folder.set(name, ps::ConfigValue::map(
                         {{"config", ps::ConfigValue::map({{"folder", std::string("out")}})}}));
  defs.job("managed",
           [](ps::GraphBuilder& g) {
             const auto items = g.op<parts>().collect();
             g.op<summarize>(items);
             g.op<tabulate>(items);
           })
      .default_config(ps::ConfigValue::map({{"resources", std::move(folder)}}));
  defs.resource<ps::IoManager>("texts", [] { return ps::IoManager(Texts()); });
  defs.job("own", [](ps::GraphBuilder& g) { g.op<measure>(g.with({.io = "texts"}).op<make>()); });
  defs.job("files", [](ps::GraphBuilder& g) { g.op<read_file>(g.op<open_file>()); });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

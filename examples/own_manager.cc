// An IO manager of one's own: any type with two members.
//
// run: job run greet
// expect: SUCCESS  greet
// run: storage verify
// expect: ok: the log is sound, 1 files are as recorded
#include <penstock/base/files.h>
#include <penstock/model/io_manager.h>
#include <penstock/penstock.h>

namespace ps = penstock;

// [manager]
class TextFiles {
 public:
  ps::Result<ps::StoredObject> handle_output(const ps::OutputContext& output,
                                             const ps::Value& value) const {
    auto file = PENSTOCK_TRY(output.stage(output.op + ".txt"));
    PENSTOCK_TRY(file.write(value.as<std::string>()));
    return file.stored();
  }
  ps::Result<ps::Value> load_input(const ps::InputContext& input) const {
    return ps::Value::make(PENSTOCK_TRY(ps::read_file(input.object.path)));
  }
};
// [/manager]

std::string greeting() { return "good morning\n"; }
std::int64_t count(const std::string& text) { return std::int64_t(text.size()); }

// [declared]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.resource<ps::IoManager>("texts", [] { return ps::IoManager(TextFiles()); });
  defs.op<greeting>().io("texts");
  defs.job("greet", [](ps::GraphBuilder& g) { g.op<count>(g.op<greeting>()); });
  return defs.build();
}
// [/declared]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

// An input that chooses who loads it: of a long text that was stored, one op reads the first line
// only.
//
// expect: loaded_by: first_line from compose.txt
// expect: title: Dear reader,
#include <penstock/base/files.h>
#include <penstock/model/io_manager.h>
#include <penstock/penstock.h>
#include <penstock/testing/run_job.h>
#include <cstdio>

namespace ps = penstock;

// [loader]
struct Texts {
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
struct FirstLine : Texts {
  ps::Result<ps::Value> load_input(const ps::InputContext& input) const {
    const auto text = PENSTOCK_TRY(ps::read_file(input.object.path));
    return ps::Value::make(text.substr(0, text.find('\n')));
  }
};

std::string compose() { return "Dear reader,\nthis is a long letter.\n"; }
std::string print_title(const std::string& text) { return text; }
std::int64_t count(const std::string& text) { return std::int64_t(text.size()); }

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.resource<ps::IoManager>("texts", [] { return ps::IoManager(Texts()); });
  defs.resource<ps::IoManager>("first_line", [] { return ps::IoManager(FirstLine()); });
  defs.op<compose>().io("texts");
  defs.op<print_title>().inputs({"letter"}).load("letter", "first_line");  // of every use of the op
  defs.job("letter", [](ps::GraphBuilder& g) {
    const auto letter = g.op<compose>();
    g.op<print_title>(letter);
    g.op<count>(letter);  // is given the value itself
    g.with({.alias = "short", .load = {{"in0", "first_line"}}}).op<count>(letter);  // of this use
  });
  return defs.build();
}
// [/loader]

int main() {
  const auto run = ps::testing::run_job(*definitions(), "letter");
  for (const auto& loaded : run->all<ps::LoadedInput>())
    std::printf("loaded_by: %s from %s\n", loaded.manager.c_str(), loaded.object.c_str());
  std::printf("title: %s\n", run->value<std::string>("print_title").c_str());
  std::printf("%lld bytes, first line %lld\n",
              static_cast<long long>(run->value<std::int64_t>("count")),
              static_cast<long long>(run->value<std::int64_t>("short")));
}

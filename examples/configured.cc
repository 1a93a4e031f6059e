// Fixed fields: an op used twice, each with part of its config fixed; a secret.
//
// env: STORE_KEY=a-long-secret
// run: job run copy --set ops.to_archive.config.batch=50
// expect: SUCCESS  copy
// run: config scaffold copy --all-defaults
// expect: batch: 100
// run: config check copy --set ops.to_archive.config.batch=7
// expect: ok
#include <penstock/penstock.h>

namespace ps = penstock;

// [config]
struct Copy {
  std::string target;
  int batch = 100;
  ps::Secret key = ps::Secret::from_env("STORE_KEY");
  static void describe(ps::ConfigSchema<Copy>& s) {
    s.field("target", &Copy::target).describe("where to").required();
    s.field("batch", &Copy::batch).describe("rows at a time").min(1);
    s.field("key", &Copy::key).describe("opens the target");
  }
};
// [/config]

int copy(ps::OpContext& op, const Copy& config) {
  op.info("to " + config.target + " with key " + config.key.reveal());  // the log says ****
  return config.batch;
}

// [definitions]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  const auto to = [](const char* target) { return ps::ConfigValue::map({{"target", target}}); };
  defs.job("copy", [&](ps::GraphBuilder& g) {
    g.with({.alias = "to_backup", .config = to("backup")}).op<copy>();
    g.with({.alias = "to_archive", .config = to("archive")}).op<copy>();
  });
  return defs.build();
}
// [/definitions]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

// Settings of a home folder, and a secret that stands in a file.
//
// file: penstock.yaml executor: {jobs: 2}\npools: {api: {env: SLOTS}}\nlogs: {console_level: INFO}
// file: token.txt a-long-token\n
// env: SLOTS=3
// run: --home . job run fetch --set "ops.fetch.config.token={file: token.txt}"
// expect: info      fetch: asked with ****
// expect: SUCCESS  fetch
// run: --home . instance info
// expect: line 2, variable SLOTS
// run: --home . doctor
// expect: ok     settings
#include <penstock/penstock.h>

namespace ps = penstock;

// [config]
struct Request {
  ps::Source<int> pages = 10;  // `pages: 5`, `pages: {env: PAGES}` or `pages: {file: pages.txt}`
  ps::Secret token = ps::Secret::from_file("/run/secrets/token");  // where nothing else is said
  static void describe(ps::ConfigSchema<Request>& s) {
    s.field("pages", &Request::pages).describe("pages to ask for").range(1, 100);
    s.field("token", &Request::token).describe("who asks");
  }
};
// [/config]

int fetch(ps::OpContext& op, const Request& request) {
  op.info("asked with " + request.token.reveal());
  return *request.pages;
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.op<fetch>().pool("api");  // how many there are of it, the settings say
  defs.job("fetch", [](ps::GraphBuilder& g) { g.op<fetch>(); });
  return defs.build();
}

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

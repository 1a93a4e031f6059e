// A long step that goes on where its last attempt came to, and that has a folder to work in.
//
// run: job run download
// expect: SUCCESS  download
#include <penstock/penstock.h>
#include <fstream>

namespace ps = penstock;

bool line_breaks(int page) {
  static bool broke = false;
  return page == 3 && !std::exchange(broke, true);
}

// [checkpoint]
struct Progress {
  int pages = 0;
  std::vector<std::string> titles;
};

ps::Result<std::int64_t> download(ps::OpContext& op) {
  auto checkpoint = op.checkpoint();
  auto done = PENSTOCK_TRY(checkpoint.load<Progress>()).value_or(Progress());
  while (done.pages < 5) {
    if (line_breaks(done.pages)) return ps::RetryRequested("the line broke");
    done.titles.push_back("page " + std::to_string(done.pages++));
    PENSTOCK_TRY(checkpoint.save(done));
  }
  return std::int64_t(done.titles.size());
}
// [/checkpoint]

// [scratch]
ps::Result<std::int64_t> unpack(ps::OpContext& op, const std::int64_t& pages) {
  const auto folder = PENSTOCK_TRY(op.scratch());
  std::ofstream(folder / "pages.tmp") << pages;
  return std::int64_t(std::filesystem::file_size(folder / "pages.tmp"));
}
// [/scratch]

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.op<download>().retry({.max_retries = 3});
  defs.job("download", [](ps::GraphBuilder& g) { g.op<unpack>(g.op<download>()); });
  return defs.build();
}

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

// A small program for the tests of recovery: it writes a file per part, and holds one part open
// until the file `go` exists, so that it can be killed at a known point. Other jobs end their
// process by themselves, or do nothing.
#include <penstock/penstock.h>

#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "penstock/base/files.h"

namespace ps = penstock;

namespace {

ps::Dynamic<std::string> parts(ps::OpContext& op) {
  ps::Dynamic<std::string> out(op);
  for (const char* name : {"a", "b", "c"}) out.yield(name, std::string(name));
  return out;
}

void wait_for_go(ps::OpContext& op) {
  std::mutex mutex;
  std::condition_variable_any asked;
  std::unique_lock lock(mutex);
  while (!std::filesystem::exists("go") && !op.stop_token().stop_requested())
    asked.wait_for(lock, op.stop_token(), std::chrono::milliseconds(10), [] { return false; });
}

ps::Result<int> write_part(ps::OpContext& op, const std::string& part) {
  const std::string text = "part " + part + "\n";
  auto file = PENSTOCK_TRY(ps::AtomicFile::open("out/" + part + ".txt"));
  PENSTOCK_TRY(file.write(text));
  if (part == "c") {
    std::ofstream("waiting");
    wait_for_go(op);
    if (op.stop_token().stop_requested())
      return ps::make_error(ps::ErrorCode::Canceled, "asked to stop");
  }
  PENSTOCK_TRY(file.commit());
  op.record(ps::Materialization{.asset = "parts",
                                .partition = part,
                                .path = "out/" + part + ".txt",
                                .metadata = {{"bytes", std::int64_t(text.size())}}});
  return 1;
}

std::string nothing() { return "nothing"; }
int crash(ps::OpContext& op, const std::string&) {
  wait_for_go(op);
  return std::raise(SIGKILL);
}

struct Handle {
  static constexpr bool kPortable = false;
};
Handle open_handle() { return {}; }
int crash_with(const Handle&) { return std::raise(SIGKILL); }

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("parts", [](ps::GraphBuilder& g) { g.op<parts>().map<write_part>(); });
  defs.job("noop", [](ps::GraphBuilder& g) { g.op<nothing>(); });
  defs.job("crash", [](ps::GraphBuilder& g) { g.op<crash>(g.op<nothing>()); });
  defs.job("crash_here", [](ps::GraphBuilder& g) { g.op<crash_with>(g.op<open_handle>()); });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

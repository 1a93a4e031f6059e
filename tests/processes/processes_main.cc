// A program for the tests of the executor `processes`: steps that print, wait, crash and start
// programs. Where they are, they tell through the pipe `places`.
#include <penstock/penstock.h>
#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>

namespace ps = penstock;

namespace {

void tell(const std::string& place) { std::ofstream("places") << place + "\n" << std::flush; }

ps::Dynamic<int> two(ps::OpContext& op) {
  ps::Dynamic<int> items(op);
  items.yield("a", 0);
  items.yield("b", 1);
  return items;
}

void wait(ps::OpContext& op, const int&) {
  tell(std::to_string(::getpid()));
  std::mutex mutex;
  std::condition_variable_any asked;
  std::unique_lock lock(mutex);
  asked.wait(lock, op.stop_token(), [] { return false; });
  tell("stopped");
}

void print(ps::OpContext& op) {
  std::printf("printed\n");
  std::fflush(stdout);
  std::cout << "streamed \x1b[31mred\x1b[0m\n" << std::flush;
  for (int percent = 0; percent <= 100; percent += 10) std::printf("\r%d %%", percent);
  std::printf("\n");
  std::fflush(stdout);
  op.out() << "told by its context\n";
  op.err() << "a warning\n";
  op.out().flush();
  op.info("a \"quoted\" message");
  op.info("another");
  if (std::system("echo from a program of its own") != 0) op.warning("no shell");
  std::printf("without an end");
}

void crash() {
  std::cerr << "last words\n";
  ::signal(SIGSEGV, SIG_DFL);
  ::raise(SIGSEGV);
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("wait", [](ps::GraphBuilder& g) { g.op<two>().map<wait>(); });
  defs.job("print", [](ps::GraphBuilder& g) { g.op<print>(); });
  defs.job("crash", [](ps::GraphBuilder& g) { g.op<crash>(); });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

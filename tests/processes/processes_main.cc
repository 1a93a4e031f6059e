// A program for the tests of executors: steps that print, wait, crash, leave, fork and start
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

void until_asked_to_stop(ps::OpContext& op) {
  std::mutex mutex;
  std::condition_variable_any asked;
  std::unique_lock lock(mutex);
  asked.wait(lock, op.stop_token(), [] { return false; });
}

void wait(ps::OpContext& op, const int&) {
  tell(std::to_string(::getpid()));
  until_asked_to_stop(op);
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

int leave() { std::exit(0); }

int fork_and_return() {
  ::fork();
  return 1;
}

void write_down(const int& number) {
  std::ofstream("numbers", std::ios::app) << number << std::endl;
}

ps::Dynamic<int> four(ps::OpContext& op) {
  ps::Dynamic<int> items(op);
  for (int item = 0; item < 4; ++item) items.yield(std::to_string(item), item);
  return items;
}

ps::Dynamic<int> hundred(ps::OpContext& op) {
  ps::Dynamic<int> items(op);
  for (int item = 0; item < 100; ++item) items.yield(std::to_string(item), item);
  return items;
}

void chatter(const int&) {
  const std::string line = std::string(70, 'x') + "\n";
  for (int i = 0; i < 500; ++i) std::cout << line;
}

/// The first waits to be killed.
void take_turns(const int& item) {
  if (item != 0) return;
  tell(std::to_string(::getpid()));
  for (;;) ::pause();
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("wait", [](ps::GraphBuilder& g) { g.op<two>().map<wait>(); });
  defs.job("print", [](ps::GraphBuilder& g) { g.op<print>(); });
  defs.job("crash", [](ps::GraphBuilder& g) { g.op<crash>(); });
  defs.job("leave", [](ps::GraphBuilder& g) { g.op<write_down>(g.op<leave>()); });
  defs.job("fork", [](ps::GraphBuilder& g) { g.op<write_down>(g.op<fork_and_return>()); });
  defs.job("limited", [](ps::GraphBuilder& g) {
    g.with({.timeout = std::chrono::milliseconds(100)}).op<until_asked_to_stop>();
  });
  defs.job("chatter", [](ps::GraphBuilder& g) { g.op<hundred>().map<chatter>(); });
  defs.job("turns", [](ps::GraphBuilder& g) { g.op<four>().map<take_turns>(); });
  defs.job("unlimited", [](ps::GraphBuilder& g) { g.op<until_asked_to_stop>(); });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

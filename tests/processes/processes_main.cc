// A program for the tests of executors: steps that print, wait, crash, leave, fork and start
// programs. Where they are, they tell through the pipe `places`.
#include <penstock/penstock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <thread>

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

/// Programs that are started in each of the usual ways write down what signals they block and
/// ignore.
void start_programs() {
  const std::string write_down = "grep -E '^Sig(Blk|Ign):' /proc/self/status >> signals";
  if (std::system(write_down.c_str()) != 0) throw std::runtime_error("no shell");
  ::pclose(::popen(write_down.c_str(), "w"));
  const auto child = ::fork();
  if (child == 0) {
    ::execl("/bin/sh", "sh", "-c", write_down.c_str(), nullptr);
    ::_exit(127);
  }
  ::waitpid(child, nullptr, 0);
}

void start_programs_when_stopped(ps::OpContext& op, const int&) {
  const std::stop_callback stopped(op.stop_token(), [] { start_programs(); });
  tell("waiting");
  until_asked_to_stop(op);
}

/// Waits for the program that it starts, which tells its number, and for the end of the run, which
/// the same Ctrl-C asks for.
void run_shell(ps::OpContext& op) {
  if (std::system("echo $$ > places; exec sleep 1000") != SIGINT)
    throw std::runtime_error("the program was not interrupted");
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait(lock, op.stop_token(), [] { return false; });
}

/// As daemons do: the program is in a session of its own, and its parent has ended.
void leave_daemon() {
  if (std::system("rm -f told; setsid sh -c 'echo $$ > places; echo > told; exec sleep 1000' & "
                  "while [ ! -e told ]; do :; done") != 0)
    throw std::runtime_error("no shell");
}

/// In the ways in which ops crash.
void crash_of_null() {
  tell("crashing");
  volatile int* volatile nothing = nullptr;
  *nothing = 1;
}
void crash_of_abort() { std::abort(); }
void crash_of_throw() {
  std::thread([] { throw std::runtime_error("nobody catches me"); }).join();
}
int deep(int depth) {
  volatile char frame[4096];
  frame[0] = char(depth);
  return depth < 0 ? 0 : deep(depth + 1) + frame[0];
}
void crash_of_depth() { deep(0); }

void wait_beside(ps::OpContext& op) { until_asked_to_stop(op); }

/// A value that does not fit a packet, back and forth.
std::string large_value(const int& item) { return std::string(100'000, char('a' + item % 26)); }
std::size_t size_of(const std::string& text) { return text.size(); }
void check_sizes(const std::vector<std::size_t>& sizes) {
  for (const auto size : sizes)
    if (size != 100'000) throw std::runtime_error("a value was cut");
}

ps::Stream<int> numbers(ps::OpContext& op) {
  ps::Stream<int> out(op);
  for (int i = 1; i <= 100; ++i) out.write(i);
  return out;
}
int sum(const ps::Stream<int>& in) {
  int total = 0;
  while (const int* number = in.next()) total += *number;
  return total;
}

/// The soft limit that a program of an op has.
void write_limit() {
  if (std::system("ulimit -Sn > limit") != 0) throw std::runtime_error("no shell");
}

/// Passes its time limit, and returns when the test says so.
void overdue(ps::OpContext&) {
  std::string line;
  std::getline(std::ifstream("released") >> std::ws, line);
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
  defs.job("programs", [](ps::GraphBuilder& g) { g.op<start_programs>(); });
  defs.job("programs_when_stopped",
           [](ps::GraphBuilder& g) { g.op<two>().map<start_programs_when_stopped>(); });
  defs.job("shell", [](ps::GraphBuilder& g) { g.op<run_shell>(); });
  defs.job("daemon", [](ps::GraphBuilder& g) { g.op<leave_daemon>(); });
  const auto crashes = [&](const char* job, auto op) {
    defs.job(job, [op](ps::GraphBuilder& g) {
      g.op("victim", op);
      g.op<wait_beside>();
    });
  };
  crashes("crash_of_null", crash_of_null);
  crashes("crash_of_abort", crash_of_abort);
  crashes("crash_of_throw", crash_of_throw);
  crashes("crash_of_depth", crash_of_depth);
  defs.job("large", [](ps::GraphBuilder& g) {
    g.op<check_sizes>(g.op<hundred>().map<large_value>().map<size_of>().collect());
  });
  defs.job("stream", [](ps::GraphBuilder& g) {
    auto all = g.with({.buffer = 2}).op<numbers>();
    g.op<write_down>(g.op<sum>(all));
    g.with({.alias = "again"}).op<sum>(all);
  });
  defs.job("limit", [](ps::GraphBuilder& g) { g.op<write_limit>(); });
  defs.job("overdue", [](ps::GraphBuilder& g) {
    g.with({.timeout = std::chrono::milliseconds(50)}).op<overdue>();
  });
  defs.job("unlimited", [](ps::GraphBuilder& g) { g.op<until_asked_to_stop>(); });
  return defs.build();
}

}  // namespace

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

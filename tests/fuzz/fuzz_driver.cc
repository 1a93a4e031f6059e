// The loop of the fuzzer, and the process that watches it.
#include "tests/fuzz/fuzz_driver.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>

namespace penstock::fuzz {
namespace {

constexpr std::size_t kMostBytes = std::size_t(1) << 20;
constexpr int kMostSeconds = 20;  // for one input

/// What both processes see.
struct Shared {
  std::atomic<std::uint64_t> runs = 0;
  std::atomic<std::size_t> corpus = 0;
  std::atomic<std::size_t> reached = 0;
  std::size_t size = 0;
  char input[kMostBytes];
};
Shared* shared = nullptr;
std::uint64_t seen_runs = 0;
int seconds_without_progress = 0;

/// Called each second: ends the process when one input takes too long.
void on_alarm(int) {
  const auto runs = shared->runs.load();
  seconds_without_progress = runs == seen_runs ? seconds_without_progress + 1 : 0;
  seen_runs = runs;
  if (seconds_without_progress < kMostSeconds) return;
  constexpr std::string_view kText = "fuzz: this input takes too long\n";
  [[maybe_unused]] const auto written = ::write(2, kText.data(), kText.size());
  ::abort();
}

std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string name_of(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325ull;  // FNV-1a
  for (const char byte : bytes) hash = (hash ^ std::uint8_t(byte)) * 0x100000001B3ull;
  return fmt::format("{:016x}", hash);
}

void write_input(const std::filesystem::path& folder, std::string_view bytes) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / name_of(bytes), std::ios::binary) << bytes;
}

/// Seeds and corpus, the shortest first, so that of two that reach the same the shorter is kept.
std::vector<std::string> first_inputs(const Target& target, const Options& options) {
  auto inputs = target.seeds();
  const auto folder = options.corpus / target.name;
  if (!options.corpus.empty() && std::filesystem::is_directory(folder))
    for (const auto& file : std::filesystem::directory_iterator(folder))
      inputs.push_back(read_all(file.path()));
  std::ranges::sort(inputs, [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  return inputs;
}

/// One fuzzing process: from the first input until the limit.
class Loop {
 public:
  Loop(const Target& target, const Options& options)
      : target_(target), options_(options), random_(options.seed) {}

  void run() {
    for (auto& input : first_inputs(target_, options_)) {
      try_input(input);
      inputs_.push_back(std::move(input));
    }
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration<double>(options_.seconds);
    while (options_.runs == 0 || shared->runs < options_.runs) {
      if (options_.seconds > 0 && Clock::now() >= end) break;
      const auto& input = inputs_[random_.below(inputs_.size())];
      const auto& other = inputs_[random_.below(inputs_.size())];
      auto changed = random_.mutate(input, other, coverage::constants());
      if (try_input(changed)) inputs_.push_back(std::move(changed));
    }
    shared->corpus = inputs_.size();
    shared->reached = coverage::reached();
  }

 private:
  /// Whether the input reached something new.
  bool try_input(std::string_view input) {
    shared->size = std::min(input.size(), kMostBytes);
    std::memcpy(shared->input, input.data(), shared->size);
    coverage::reset();
    target_.run(input);
    ++shared->runs;
    if (!coverage::found_new()) return false;
    if (!options_.keep.empty()) write_input(options_.keep / target_.name, input);
    return true;
  }

  const Target& target_;
  const Options& options_;
  Mutator random_;
  std::vector<std::string> inputs_;
};

[[noreturn]] void child(const Target& target, const Options& options) {
#ifndef __SANITIZE_ADDRESS__  // which reserves terabytes; it has a limit of its own
  constexpr std::size_t kMemory = std::size_t(3) << 30;
  const rlimit limit{kMemory, kMemory};
  ::setrlimit(RLIMIT_AS, &limit);
#endif
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  struct sigaction action {};
  action.sa_handler = on_alarm;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval each_second{{1, 0}, {1, 0}};
  ::setitimer(ITIMER_REAL, &each_second, nullptr);
  Loop(target, options).run();
  ::_exit(0);
}

}  // namespace

bool fuzz(const Target& target, const Options& options) {
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                        -1, 0);
  if (memory == MAP_FAILED) return false;
  shared = new (memory) Shared;
  const auto pid = ::fork();
  if (pid == 0) child(target, options);
  int status = 0;
  ::waitpid(pid, &status, 0);
  const bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  const std::string_view input(shared->input, shared->size);
  fmt::print("{:8} {:>9} inputs, {} in the corpus, {} places reached\n", target.name,
             shared->runs.load(), shared->corpus.load(), shared->reached.load());
  if (!good) {
    write_input(options.crashes, input);
    fmt::print("{:8} FAILED: {}\n  repeat it with: fuzz_main --replay {} {}\n", target.name,
               WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                                   : fmt::format("exit status {}", WEXITSTATUS(status)),
               (options.crashes / name_of(input)).string(), target.name);
  }
  ::munmap(memory, sizeof(Shared));
  return good;
}

void broken(std::string_view promise) {
  fmt::print(stderr, "fuzz: broken promise: {}\n", promise);
  ::abort();
}

std::filesystem::path as_file(std::string_view bytes) {
  static const int file = ::memfd_create("input", 0);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, bytes.data(), bytes.size(), 0) < 0)
    broken("the test's own file can be written");
  return fmt::format("/proc/self/fd/{}", file);
}

}  // namespace penstock::fuzz

// The program of the fuzzer.
// usage: fuzz_main [--runs N] [--seconds S] [--seed N] [--corpus DIR] [--keep DIR] [--crashes DIR]
//                  [--replay FILE] [TARGET...]
//        fuzz_main --list
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <set>

#include "tests/fuzz/fuzz_driver.h"

namespace penstock::fuzz {
namespace {

struct Arguments {
  Options options;
  std::filesystem::path replay;
  std::set<std::string, std::less<>> wanted;
};

std::optional<Arguments> parse(std::span<char*> words) {
  Arguments out;
  out.options.crashes = "fuzz-crashes";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!word.starts_with("--")) {
      out.wanted.emplace(word);
      continue;
    }
    if (++i == words.size()) return {};
    const std::string value = words[i];
    if (word == "--runs") out.options.runs = std::stoull(value);
    else if (word == "--seconds") out.options.seconds = std::stod(value);
    else if (word == "--seed") out.options.seed = std::stoull(value);
    else if (word == "--corpus") out.options.corpus = value;
    else if (word == "--keep") out.options.keep = value;
    else if (word == "--crashes") out.options.crashes = value;
    else if (word == "--replay") out.replay = value;
    else return {};
  }
  if (out.options.runs == 0 && out.options.seconds == 0) out.options.runs = 10'000;
  return out;
}

int run(const Arguments& arguments) {
  bool good = true;
  std::size_t ran = 0;
  for (const auto& target : targets()) {
    const bool all = arguments.wanted.empty();
    if (all ? target.planted : !arguments.wanted.contains(target.name)) continue;
    ++ran;
    if (arguments.replay.empty()) {
      good = fuzz(target, arguments.options) && good;
    } else {
      std::ifstream file(arguments.replay, std::ios::binary);
      target.run(std::string(std::istreambuf_iterator<char>(file), {}));
    }
  }
  if (ran == 0) fmt::print(stderr, "fuzz_main: no such target\n");
  return good && ran > 0 ? 0 : 1;
}

}  // namespace
}  // namespace penstock::fuzz

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--list") {
    for (const auto& target : penstock::fuzz::targets())
      if (!target.planted) fmt::print("{}\n", target.name);
    return 0;
  }
  const auto arguments = penstock::fuzz::parse({argv + 1, std::size_t(argc - 1)});
  if (!arguments) {
    fmt::print(stderr, "fuzz_main: unknown or incomplete argument; see the head of fuzz_main.cc\n");
    return 2;
  }
  return penstock::fuzz::run(*arguments);
}

// A job whose graph is written in a file: ops are C++, how they are connected is data.
//
// run: job run from_file
// expect: SUCCESS  from_file
// run: job show from_file
// expect: letters_of_each
#include <penstock/penstock.h>
#include <map>

namespace ps = penstock;

// [ops]
ps::Dynamic<std::string> words() {
  ps::Dynamic<std::string> all;
  for (const char* word : {"fig", "pear", "plum"}) all.yield(word, word);
  return all;
}
int letters(const std::string& word) { return int(word.size()); }
int add_up(const std::vector<int>& numbers) {
  int sum = 0;
  for (const int number : numbers) sum += number;
  return sum;
}
// [/ops]

// [data]
// What a front end would read from a file: `*name` stands for each item, `[name]` for all of them.
struct Line {
  std::string name, op;
  std::vector<std::string> inputs;
};
const std::vector<Line> kLines = {{"sum", "add_up", {"[letters_of_each]"}},
                                  {"words", "words", {}},
                                  {"letters_of_each", "letters", {"*words"}}};
// [/data]

// [graph]
void build(ps::GraphBuilder& g) {
  std::map<std::string, ps::DataNode> nodes;
  for (const auto& line : kLines)
    nodes.emplace(line.name, g.add(line.op, {}, {.alias = line.name}));
  for (const auto& line : kLines)
    for (const auto& input : line.inputs) {
      const bool is_each = input.starts_with('*'), is_all = input.starts_with('[');
      const auto& from = nodes.at(is_each  ? input.substr(1)
                                  : is_all ? input.substr(1, input.size() - 2)
                                           : input);
      g.connect(nodes.at(line.name), "in0",
                is_each  ? from.each()
                : is_all ? from.collect()
                         : ps::DataSource(from));
    }
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.op<words>();
  defs.op<letters>();
  defs.op<add_up>();
  defs.job("from_file", build);
  return defs.build();  // names, types, cycles: all that is wrong, each with its place
}
// [/graph]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

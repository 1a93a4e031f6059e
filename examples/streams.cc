// A value in batches: the reader works on the first while the writer makes the next.
//
// run: job run ledger
// expect: SUCCESS  ledger
// run: job run ledger --executor inline
// expect: SUCCESS  ledger
#include <penstock/penstock.h>

namespace ps = penstock;

// [stream]
using Lines = std::vector<std::string>;

// Writes a batch at a time, and waits while the reader is more than a few behind.
ps::Stream<Lines> read_ledger(ps::OpContext& op) {
  ps::Stream<Lines> batches(op);
  for (int page = 0; page < 50; ++page)
    if (!batches.write(Lines(20, "page " + std::to_string(page)))) break;  // nobody reads on
  return batches;
}
int count_lines(const ps::Stream<Lines>& batches) {
  int lines = 0;
  while (const Lines* batch = batches.next()) lines += int(batch->size());
  return lines;
}
// [/stream]

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("ledger", [](ps::GraphBuilder& g) {
    // [graph]
    g.op<count_lines>(g.with({.buffer = 2}).op<read_ledger>());
    // [/graph]
  });
  return defs.build();
}

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }

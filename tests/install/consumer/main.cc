#include <penstock/penstock.h>
#include <penstock/testing/scripted_run.h>
#include <cstdio>

int answer() { return 42; }

int main() {
  penstock::DefinitionsBuilder defs;
  defs.job("ask", [](penstock::GraphBuilder& g) { g.op<answer>(); });
  const auto run = penstock::testing::must_run_job(defs.build().value(), "ask");
  const auto played = penstock::testing::run_scripted(defs.build().value(), "ask", {});
  const bool right = run.value<int>("answer") == 42 && played.value().succeeded();
  std::printf("installed and linked: %s\n", right ? "yes" : "no");
  return right ? 0 : 1;
}

#include "penstock/model/graph_data.h"

#include <gtest/gtest.h>

#include "penstock/model/definitions_builder.h"

namespace penstock {
namespace {

Dynamic<std::string> list() { return {}; }
int load(const std::string& name) { return int(name.size()); }
int total(const std::vector<int>& sizes) { return int(sizes.size()); }
std::string title() { return "title"; }
std::string write(const std::string& head, const int& sum) { return head + std::to_string(sum); }
int next(const int& n) { return n + 1; }

/// The problems of a job that is built by `body`, each without the file it was said in.
template <class F>
std::string problems_of(F body) {
  DefinitionsBuilder defs;
  defs.op<list>();
  defs.op<load>().inputs({"name"});
  defs.op<total>().inputs({"sizes"});
  defs.op<title>();
  defs.op<write>().inputs({"head", "sum"});
  defs.op<next>();
  defs.job("job", body);
  const auto made = defs.build();
  if (made.ok()) return "";
  auto text = made.error().message;
  const std::string file = __FILE__;
  for (auto at = text.find(file); at != std::string::npos; at = text.find(file)) {
    const auto end = text.find(')', at);
    text.replace(at, end - at, "here");
  }
  return text;
}

TEST(GraphData, IsConnectedByNameAndPositionInAnyOrder) {
  EXPECT_EQ(problems_of([](GraphBuilder& g) {
              const auto report = g.add("write", {}, {.alias = "report"});
              const auto names = g.add("list");
              const auto sizes = g.add("load", {names.each()});
              const auto sum = g.add("total", {sizes.collect({.drop_failed = 1})});
              g.connect(report, "sum", sum.output("result"));
              g.connect(report, "head", g.add("title"));
              const auto one = g.add("next", {sum});
              g.add("total", {fan_in({one, sum})}, {.alias = "both"});
            }),
            "");
}

TEST(GraphData, TellsEveryProblemAtOnce) {
  EXPECT_EQ(
      problems_of([](GraphBuilder& g) {
        const auto names = g.add("list");
        const auto sum = g.add("totl", {names.collect()});
        g.add("total", {names.collect()});
        g.add("load", {names});
        g.add("load", {g.add("title").each()}, {.alias = "second"});
        const auto report = g.add("write", {}, {.alias = "report"});
        g.connect(report, "haed", g.add("title", {}, {.alias = "other"}));
        g.add("next", {sum});
        g.add("next", {g.add("next", {names.output("items")}, {.alias = "third"}), sum});
        g.add("write", {g.add("title", {}, {.alias = "more"})});
      }),
      "8 problems in the definitions\n"
      "  job.totl (here): there is no op \"totl\"; did you mean \"total\"?\n"
      "  job.total (here): input \"sizes\" expects list of int and is given list of string, from "
      "list\n"
      "  job.load (here): input \"name\" is given the dynamic output of list as one value; take "
      "each() or collect() of it\n"
      "  job.second (here): input \"name\" is given items of title, which is neither a dynamic "
      "output nor mapped over one; take its value\n"
      "  job.report (here): op \"write\" has no input \"haed\"; did you mean \"head\"?\n"
      "  job.third (here): op \"list\" has no output \"items\"; it has: result\n"
      "  job.next (here): op \"next\" takes 1 inputs and is given more\n"
      "  job.write (here): input \"sum\" of type int is not connected");
}

TEST(GraphData, RefusesCycles) {
  EXPECT_EQ(problems_of([](GraphBuilder& g) {
              g.add("title");
              const auto first = g.add("next", {}, {.alias = "first"});
              const auto second = g.add("next", {first}, {.alias = "second"});
              g.connect(first, "in0", second);
            }),
            "1 problem in the definitions\n"
            "  job.first (here): it needs itself: first → second → first; remove one of these "
            "connections");
}

TEST(GraphData, RefusesValuesOfItemsOutsideThem) {
  EXPECT_EQ(problems_of([](GraphBuilder& g) {
              const auto sizes = g.add("load", {g.add("list").each()});
              g.add("next", {sizes});
            }),
            "1 problem in the definitions\n"
            "  job.next (here): input \"in0\" is given a value that stands in items which this "
            "step does not stand in; take each() or collect() of it");
}

TEST(Joins, StandInTheSameItems) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    const auto inner = [](const std::string&) -> Dynamic<int> { return {}; };
    auto left = g.op<list>().map("left", inner);
    auto right = g.with({.alias = "others"}).op<list>().map("right", inner);
    g.zip(left, right);
  });
  EXPECT_EQ(defs.build().error().message,
            "1 problem in the definitions\n"
            "  graph \"job\": zip joins items of different items; its sides must be outputs of "
            "the graph itself, or be mapped over the same items");
}

}  // namespace
}  // namespace penstock

#include "penstock/model/graph_order.h"

#include <gtest/gtest.h>

#include "penstock/base/text.h"
#include "penstock/model/definitions_builder.h"

namespace penstock {
namespace {

int one() { return 1; }
int next(const int& n) { return n + 1; }

/// The nodes of a job in order, each with what it waits for or reads from; or the problems.
template <class Body>
std::string nodes_of(Body body) {
  DefinitionsBuilder defs;
  defs.job("job", body);
  const auto built = defs.build();
  if (!built.ok()) return built.error().to_string();
  const auto& graph = *built->find_job("job").value()->graph;
  std::vector<std::string> texts;
  for (const auto& node : graph.nodes) {
    std::vector<std::uint32_t> sources;
    for (const auto& source : node.inputs) detail::add_nodes_of(source, sources);
    for (const auto& source : node.after) detail::add_nodes_of(source, sources);
    std::vector<std::string> names;
    for (const auto source : sources) names.push_back(graph.nodes[source].name);
    texts.push_back(node.name + (names.empty() ? "" : " after " + join(names, ", ")));
  }
  return join(texts, "; ");
}

TEST(GraphOrder, ALaterNodeMayComeBeforeAnEarlierOne) {
  EXPECT_EQ(nodes_of([](GraphBuilder& g) {
              auto a = g.with({.alias = "a"}).op<one>();
              auto b = g.with({.alias = "b"}).op<one>();
              g.order(b, a);
            }),
            "b; a after b");
}

TEST(GraphOrder, NodesStayAsTheyWereAddedWhereNothingSpeaksAgainstIt) {
  EXPECT_EQ(nodes_of([](GraphBuilder& g) {
              auto a = g.with({.alias = "a"}).op<one>();
              auto b = g.with({.alias = "b"}).op<next>(a);
              auto c = g.with({.alias = "c"}).op<one>();
              auto d = g.with({.alias = "d"}).op<next>(c);
              auto e = g.with({.alias = "e"}).op<one>();
              g.order(a, e);
              g.order(d, a);  // so c and d go before a, and b stays behind it
              (void)b;
            }),
            "c; d after c; a after d; b after a; e after a");
}

TEST(GraphOrder, AReversedChainOfManyOrders) {
  const auto text = nodes_of([](GraphBuilder& g) {
    std::vector<Ref<int>> nodes;
    for (int i = 0; i < 300; ++i)
      nodes.push_back(g.with({.alias = "n" + std::to_string(i)}).op<one>());
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) g.order(nodes[i + 1], nodes[i]);
  });
  EXPECT_EQ(text.substr(0, 40), "n299; n298 after n299; n297 after n298; ");
}

TEST(GraphOrder, ACycleIsRefusedWhicheverOrderClosesIt) {
  EXPECT_NE(nodes_of([](GraphBuilder& g) {
              auto a = g.with({.alias = "a"}).op<one>();
              auto b = g.with({.alias = "b"}).op<next>(a);
              auto c = g.with({.alias = "c"}).op<next>(b);
              g.order(c, a);
            }).find("graph \"job\": order(c, a) makes a cycle: c comes after a already; remove "
                    "this order, or what connects them"),
            std::string::npos);
  EXPECT_NE(nodes_of([](GraphBuilder& g) {
              auto a = g.with({.alias = "a"}).op<one>();
              auto b = g.with({.alias = "b"}).op<one>();
              g.order(b, a);
              g.order(a, b);
            }).find("order(a, b) makes a cycle: a comes after b already"),
            std::string::npos);
  EXPECT_NE(nodes_of([](GraphBuilder& g) {
              auto a = g.with({.alias = "a"}).op<one>();
              g.order(a, a);
            }).find("order(a, a) makes a cycle: a step cannot wait for itself"),
            std::string::npos);
}

}  // namespace
}  // namespace penstock

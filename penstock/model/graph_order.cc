#include "penstock/model/graph_order.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include "penstock/base/narrow.h"

namespace penstock::detail {
namespace {

/// Call visit(source) for a source and all its parts. Not recursive: there may be any number.
template <class Source, class Visit>
void each_part(Source& source, Visit visit) {
  std::vector<Source*> open{&source};
  while (!open.empty()) {
    auto& at = *open.back();
    open.pop_back();
    visit(at);
    for (auto& part : at.parts) open.push_back(&part);
  }
}

/// Call visit(source) for all that a node reads from or waits for.
template <class Node, class Visit>
void each_source(Node& node, Visit visit) {
  for (auto& source : node.inputs) each_part(source, visit);
  for (auto& source : node.after) each_part(source, visit);
}

/// The nodes that a node reads from or waits for. An output of another graph, which the builder has
/// reported, is none of them.
std::vector<std::uint32_t> sources_of(const GraphDef& graph, std::uint32_t node) {
  std::vector<std::uint32_t> sources;
  each_source(graph.nodes[node], [&](const SourceDef& source) {
    if (source.kind == SourceDef::Kind::Output && source.node < graph.nodes.size())
      sources.push_back(source.node);
  });
  return sources;
}

/// The nodes in the order in which they are to stand; fewer when there is a cycle.
std::vector<std::uint32_t> order_of(const GraphDef& graph) {
  const auto count = narrow<std::uint32_t>(graph.nodes.size());
  std::vector<std::vector<std::uint32_t>> readers(count);
  std::vector<std::size_t> missing(count);  // sources that have no place yet
  for (std::uint32_t node = 0; node < count; ++node)
    for (const auto source : sources_of(graph, node)) {
      readers[source].push_back(node);
      ++missing[node];
    }
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> free;
  for (std::uint32_t node = 0; node < count; ++node)
    if (missing[node] == 0) free.push(node);
  std::vector<std::uint32_t> order;
  while (!free.empty()) {
    order.push_back(free.top());
    free.pop();
    for (const auto reader : readers[order.back()])
      if (--missing[reader] == 0) free.push(reader);
  }
  return order;
}

}  // namespace

void add_nodes_of(const SourceDef& source, std::vector<std::uint32_t>& nodes) {
  each_part(source, [&](const SourceDef& part) {
    if (part.kind == SourceDef::Kind::Output) nodes.push_back(part.node);
  });
}

bool comes_after(const GraphDef& graph, std::uint32_t node, std::uint32_t earlier) {
  if (node >= graph.nodes.size()) return false;
  std::vector<bool> seen(graph.nodes.size());
  std::vector<std::uint32_t> open{node};
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    if (at == earlier) return true;
    if (seen[at]) continue;
    seen[at] = true;
    for (const auto source : sources_of(graph, at)) open.push_back(source);
  }
  return false;
}

void sort_nodes(GraphDef& graph) {
  const auto order = order_of(graph);
  // with connections to other graphs, which were reported, it need not work out
  if (order.size() < graph.nodes.size() || std::ranges::is_sorted(order)) return;
  std::vector<NodeDef> sorted;
  std::vector<std::uint32_t> places(order.size());
  for (const auto node : order) {
    places[node] = narrow<std::uint32_t>(sorted.size());
    sorted.push_back(std::move(graph.nodes[node]));
  }
  const auto move = [&](SourceDef& source) {
    if (source.kind == SourceDef::Kind::Output && source.node < places.size())
      source.node = places[source.node];
  };
  for (auto& node : sorted) each_source(node, move);
  for (auto& source : graph.output_sources) each_part(source, move);
  graph.nodes = std::move(sorted);
}

}  // namespace penstock::detail

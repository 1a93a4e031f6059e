#include "penstock/model/graph_items.h"

#include <algorithm>

namespace penstock {

namespace {

ItemChain without_last(ItemChain chain) {
  if (!chain.empty()) chain.pop_back();
  return chain;
}

/// The items that a node stands in.
ItemChain items_of_node(const GraphDef& graph, const NodeDef& node) {
  if (node.mapped) return items_of(graph, node.inputs[node.mapped_input]);
  if (node.join != JoinKind::None) return without_last(items_of(graph, node.inputs[0]));
  if (node.reduce) return items_of(graph, node.inputs[0]);
  return {};
}

}  // namespace

ItemChain items_of(const GraphDef& graph, const SourceDef& source) {
  if (source.kind == SourceDef::Kind::Collect)
    return without_last(items_of(graph, source.parts.front()));
  if (source.kind != SourceDef::Kind::Output) return {};
  const auto& node = graph.nodes[source.node];
  auto chain = items_of_node(graph, node);
  const auto& outputs = node.op ? node.op->outputs : node.graph->outputs;
  const auto port = node.join == JoinKind::None ? source.port : std::uint32_t{0};
  if (outputs[port].dynamic) chain.push_back(std::uint64_t(source.node) << 16 | port);
  return chain;
}

bool stand_together(const GraphDef& graph, const std::vector<SourceDef>& sides) {
  const auto first = items_of(graph, sides.front());
  return !first.empty() && std::ranges::all_of(sides, [&](const SourceDef& side) {
    const auto chain = items_of(graph, side);
    return chain.size() == first.size() && without_last(chain) == without_last(first);
  });
}

bool is_prefix(const ItemChain& outer, const ItemChain& inner) {
  return outer.size() <= inner.size() && std::equal(outer.begin(), outer.end(), inner.begin());
}

}  // namespace penstock

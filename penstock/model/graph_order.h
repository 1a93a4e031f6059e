// The order of the nodes of a graph: each after those that it reads from or waits for.
#pragma once

#include <cstdint>
#include <vector>

#include "penstock/model/graph_def.h"

namespace penstock::detail {

/// Append the nodes of a graph that a source refers to.
void add_nodes_of(const SourceDef& source, std::vector<std::uint32_t>& nodes);
/// True when `node` is `earlier`, or reads from or waits for it, directly or not.
bool comes_after(const GraphDef& graph, std::uint32_t node, std::uint32_t earlier);
/// Bring the nodes into an order in which each comes after those that it reads from or waits for,
/// else as they were added. In a graph with a cycle they stay as they are.
void sort_nodes(GraphDef& graph);

}  // namespace penstock::detail

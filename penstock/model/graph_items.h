// Which items a value of a graph stands in.
#pragma once

#include <cstdint>
#include <vector>

#include "penstock/model/graph_def.h"

namespace penstock {

/// The dynamic outputs whose items a value belongs to, outermost first: a number each.
using ItemChain = std::vector<std::uint64_t>;

/// The chain of a source whose nodes, and those before them, are in the graph. The items that a
/// graph as a whole is mapped over are not in it.
ItemChain items_of(const GraphDef& graph, const SourceDef& source);

/// True when what is to be joined stands in items of the same items.
bool stand_together(const GraphDef& graph, const std::vector<SourceDef>& sides);

/// True when what stands in `outer` can be read by what stands in `inner`.
bool is_prefix(const ItemChain& outer, const ItemChain& inner);

}  // namespace penstock

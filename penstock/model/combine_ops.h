// Ops that the library brings for joins and reductions of dynamic outputs.
#pragma once

#include <vector>

#include "penstock/model/graph_def.h"

namespace penstock {

/// The op that a zip or product of values of these types is in a graph. It has a dynamic output per
/// side, which all have the same items; the engine itself makes them, so it is never called.
OpDefPtr join_op(JoinKind kind, const std::vector<const ValueType*>& sides);

/// The op that a reduction runs: takes any number of values at once. One that is declared for two
/// values is applied from left to right and skips itself where there is none.
OpDefPtr reducing_op(const OpDefPtr& declared);

}  // namespace penstock

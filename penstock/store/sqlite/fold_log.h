// Folds the events of a file into empty projections: to rebuild them, and to check them.
#pragma once

#include <vector>

#include "penstock/store/sqlite/row_reader.h"

namespace penstock::detail {

/// Fold all events into projections that are empty; within a transaction. Events that cannot be
/// decoded, or that their run may not have, are left out; the former are returned.
Result<std::vector<UnreadableRow>> fold_log(Database& database);

}  // namespace penstock::detail

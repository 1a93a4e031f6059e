// Finds what is wrong in the file of a log, without changing it.
#pragma once

#include <vector>

#include "penstock/event/log_storage.h"
#include "penstock/store/sqlite/database.h"

namespace penstock::detail {

/// Damage of the file as SQLite sees it.
Result<std::vector<StorageFinding>> check_integrity(Database& database);
/// Events that cannot be decoded, and projections that differ from a fold of the events, made in
/// memory from one moment of the file. The connection is of no use to others afterwards.
Result<std::vector<StorageFinding>> check_projections(Database& database);

}  // namespace penstock::detail

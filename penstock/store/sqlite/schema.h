// The tables of the log's file, and how a file of an older version becomes one of this version.
// docs/formats/event-log.md describes them.
#pragma once

#include <functional>
#include <span>

#include "penstock/store/sqlite/database.h"

namespace penstock::detail {

/// A step from the version before to `version`.
struct Migration {
  int version = 0;
  const char* sql = "";
  bool folds_again = false;  ///< projections tell more than before: they are folded from the log
};

/// All migrations, in order; the last one's version is what this program writes.
std::span<const Migration> migrations();
/// Told, in the transaction that migrates, the version that a file with tables has.
using BeforeMigration = std::function<Status(std::int64_t found)>;
/// Bring a file to the last of the given versions, in one transaction. Safe when several processes
/// do it at once. A file of a later version is ErrorCode::Refused.
Status migrate(Database& database, std::span<const Migration> steps,
               const BeforeMigration& before = {});
/// Empty all tables that are folds of the log.
Status clear_projections(Database& database);

}  // namespace penstock::detail

// Takes a run out of the file of a log.
#pragma once

#include <string_view>

#include "penstock/event/event_log.h"
#include "penstock/store/sqlite/database.h"

namespace penstock::detail {

/// Delete the events and projections of a run and record RUN_DELETED, in one transaction. The
/// events behind the latest record of an asset or check stay, and what its ops cost goes into
/// RUN_DELETED. Returns the number of deleted events. NotFound or Refused when it is not there or
/// has not ended.
Result<std::int64_t> delete_run(Database& database, const RunId& run, std::string_view by,
                                Time now);

}  // namespace penstock::detail

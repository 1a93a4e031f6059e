// Whether a step that a command line names is one of a run: a filter on a step that does not exist
// would match nothing without a word.
#pragma once

#include <string>

#include "penstock/event/event_log.h"

namespace penstock {

/// NotFound when the run has no event of this step and none is to come: with the names that are
/// near, or the items of a mapped step whose name has none. A step that only waits is known.
Status check_step(EventLog& log, const RunRecord& run, const std::string& key);

}  // namespace penstock

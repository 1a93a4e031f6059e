// Which stored values the log knows of: HANDLED_OUTPUT names them, INTERMEDIATE_DELETED lets go.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "penstock/event/event_log.h"
#include "penstock/event/value_store.h"

namespace penstock {

/// A value that a run has stored.
struct KeptValue {
  RunId run = {};
  std::string step = {};  ///< step key
  std::int32_t attempt = 0;
  StoredValue stored = {};
  std::string keep = {};  ///< as in HANDLED_OUTPUT
};

/// The values of a run by their objects. Of all runs when it is empty, which reads the whole log.
/// An object is looked for by its run, too: two programs may use one name.
using KeptValues = std::map<std::pair<RunId, std::string>, KeptValue>;
Result<KeptValues> kept_values(EventLog& log, const RunId& run = {});

/// The event that tells that a value is about to be deleted.
Event deletion_of(const KeptValue& value, Time now, std::string cause);

}  // namespace penstock

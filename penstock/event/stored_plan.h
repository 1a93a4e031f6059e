// The plan of a run as RUN_STARTING has it: docs/formats/event-log.md, "The plan of RUN_STARTING".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

/// A step template.
struct StoredStep {
  std::string path;
  std::string signature = {};  ///< differs when its op, types or connections differ
  std::string config = {};     ///< digest of its op's config; empty: it has none
  std::string reason = {};     ///< why it runs; empty: it was requested
  bool anew = false;           ///< of a re-execution: what earlier runs know of it counts no more
  std::vector<std::string> reads = {};  ///< paths of the steps it reads from or comes after, once
  std::map<std::string, std::int64_t> pools = {};  ///< what it takes of which pool
};

/// A plan.
struct StoredPlan {
  std::vector<StoredStep> steps = {};
  std::map<std::string, std::int64_t> pools = {};  ///< limits
};

/// Read a stored plan. What is not as this program writes it is left out: any program may have
/// written the log.
StoredPlan parse_stored_plan(std::string_view json);

}  // namespace penstock

// What the config of a run says about how it is run:
// `execution: {config: {threads: {max_concurrent: 4, memory: 2GiB}}}`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "penstock/model/config_type.h"

namespace penstock {

/// An executor and its limits, where a document chooses them.
struct ExecutionChoice {
  std::string executor = {};                       ///< empty: not chosen
  std::optional<std::int64_t> max_concurrent = {};  ///< steps at a time
  std::optional<std::int64_t> memory = {};          ///< budget in bytes
};

/// The type of `execution`: null, or exactly one executor with its limits.
ConfigTypePtr execution_config_type();
/// Read a checked `execution`; null where the document has none.
ExecutionChoice read_execution(const ConfigValue* execution);

}  // namespace penstock

// Stores an output by an IO manager as a run would.
#pragma once

#include "penstock/model/io_manager.h"

namespace penstock::testing {

/// Let a manager store a value, and put the file that it staged in its place. What HANDLED_OUTPUT
/// would tell.
inline Result<StoredObject> store_output(const IoManager& manager, const OutputContext& output,
                                         const Value& value) {
  auto stored = PENSTOCK_TRY(manager.handle_output(output, value));
  if (!output.staging->is_open()) return stored;
  stored = PENSTOCK_TRY(output.staging->seal(std::move(stored)));
  PENSTOCK_TRY(output.staging->commit());
  return stored;
}

}  // namespace penstock::testing

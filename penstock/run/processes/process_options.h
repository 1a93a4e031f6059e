// How steps run in processes of their own.
#pragma once

#include <cstdint>

#include "penstock/base/clock.h"

namespace penstock {

/// Options of the executor `processes`.
struct ProcessOptions {
  /// Attempts after which a worker process is replaced by a fresh one; 0: never.
  std::int32_t recycle_after = 0;
  /// Time that a step has to end after it was asked to stop: at half of it its process gets
  /// SIGTERM, at its end SIGKILL.
  Micros grace = std::chrono::seconds(10);
  /// Bytes that one step may take in its process; 0: what its op reserves, else no limit.
  std::uint64_t step_memory = 0;
};

}  // namespace penstock

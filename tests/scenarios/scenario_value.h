// The value that steps of scenarios hand on: nothing but a size.
#pragma once

#include <cstdint>
#include <span>

#include "penstock/model/value.h"

namespace penstock::scenario {

/// A value that claims to take so many bytes.
struct Sized {
  std::uint64_t size = 0;
  std::size_t parts = 1;  ///< that were gathered
  std::uint64_t bytes() const { return size; }
};

/// Adds up what is gathered.
Value gather_sizes(std::span<const Value> values);

}  // namespace penstock::scenario

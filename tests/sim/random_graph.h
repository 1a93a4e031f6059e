// Random sound graphs by the rules that the typed builder enforces, from a seed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "penstock/model/definitions.h"

namespace penstock::sim {

using Random = std::mt19937_64;

/// Uniform in 0 … n-1.
inline std::uint64_t below(Random& random, std::uint64_t n) { return random() % n; }
/// True with that probability.
inline bool chance(Random& random, double p) {
  return std::uniform_real_distribution<double>(0, 1)(random) < p;
}

/// The value that simulated steps hand on: a size, and what a test wants to know it by.
struct Payload {
  std::uint64_t size = 0;
  std::uint64_t leaves = 1;   ///< values that were reduced to it
  std::uint64_t content = 0;  ///< a number that depends on all it was made of
  std::vector<std::string> keys = {};  ///< of the innermost items that it was made of, in order
  std::uint64_t bytes() const { return size; }
};

/// What a collect may be.
enum class Collects {
  Any,    ///< also those that drop failed items, or take items as they complete
  Repeat  ///< no streams; only those that give the same whatever fails and however long it takes
};

/// Definitions with the one job `random`: dynamic outputs inside items, maps, collects, zips,
/// products, reductions, streams, bounds on items under way, values shared between scopes, retries,
/// time limits, trigger rules, priorities, slots and memory.
Definitions random_definitions(Random& random, Collects collects = Collects::Any);
/// Definitions with the one job `random`: a list, and a chain of so many steps over its items.
Definitions chain_definitions(std::uint32_t length);

}  // namespace penstock::sim

#include "pipelines/cems/partition.h"

#include <fmt/format.h>

#include <penstock/base/text.h>

namespace cems {

std::string Partition::key() const {
  if (quarter != 0) return fmt::format("year_quarter={}q{}", year, quarter);
  return fmt::format("year={},state={}", year, state);
}

std::string Partition::name() const {
  return quarter != 0 ? fmt::format("{}q{}", year, quarter) : fmt::format("{}-{}", year, state);
}

std::string Partition::describe() const {
  if (quarter != 0) return key();
  return fmt::format("year={}, state={}", year, penstock::to_lower(state));
}

}  // namespace cems

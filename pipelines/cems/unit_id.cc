#include "pipelines/cems/unit_id.h"

#include <algorithm>

namespace cems {

bool is_all_digits(std::string_view id) {
  return !id.empty() && std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view strip_zeros(std::string_view id) {
  if (!is_all_digits(id)) return id;
  return id.substr(std::min(id.find_first_not_of('0'), id.size()));
}

}  // namespace cems

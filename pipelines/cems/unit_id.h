// Unit ids: text in the data, with one published rule about leading zeros.
#pragma once

#include <string_view>

namespace cems {

/// Whether the id is one or more ASCII digits and nothing else.
bool is_all_digits(std::string_view id);

/// An id of digits alone without all of its leading zeros (`0001` is `1`, `000` is empty); any
/// other id unchanged. A view into `id`.
std::string_view strip_zeros(std::string_view id);

}  // namespace cems

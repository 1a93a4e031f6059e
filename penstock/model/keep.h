// For how long a value that passes between steps is kept.
#pragma once

#include <cstdint>
#include <string_view>

#include "penstock/base/result.h"

namespace penstock {

/// What is kept of a value, beside the memory that its readers share.
enum class Keep : std::uint8_t {
  None,    ///< nothing: it is gone with its last reader
  Failed,  ///< when a reader fails or is canceled, it is stored: re-execution will find it
  All      ///< it is stored before its step counts as succeeded, until the run is deleted
};
/// `none`, `failed`, `all`.
std::string_view to_string(Keep keep);
/// The policy of that name, or Config with the names there are.
Result<Keep> parse_keep(std::string_view name);

}  // namespace penstock

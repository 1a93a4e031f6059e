#include "penstock/cli/with_reserve.h"

#include <fmt/format.h>

#include "penstock/base/reserve_file.h"

namespace penstock {

bool is_out_of_room(const Error& error) {
  return error.code == ErrorCode::Exhausted && error.kind == "no_room";
}

bool release_reserve_for(const CommandContext& context, const Error& error) {
  if (!is_out_of_room(error) || !release_reserve(context.global.home)) return false;
  context.warn(
      fmt::format("the disk is full: {} was given back to it; it is made again once there is room",
                  reserve_file(context.global.home).string()));
  return true;
}

}  // namespace penstock

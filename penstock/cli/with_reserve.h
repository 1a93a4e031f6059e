// Commands that mend a home whose disk is full: they may use what the home keeps back for that.
#pragma once

#include "penstock/cli/command.h"

namespace penstock {

/// Give the reserve of the home back to the disk when the log could not grow, and say so. False
/// when that was not the reason, or there is no reserve.
bool release_reserve_for(const CommandContext& context, const Error& error);

/// Do something that writes to the log; once more when it could not grow and there was a reserve.
template <class Act>
auto with_reserve(const CommandContext& context, Act act) -> decltype(act()) {
  auto done = act();
  if (done.ok() || !release_reserve_for(context, done.error())) return done;
  return act();
}

/// True when a log could not grow.
bool is_out_of_room(const Error& error);

}  // namespace penstock

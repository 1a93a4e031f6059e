// Keeps an attempt that was given up from changing what the log knows of its step.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "penstock/event/event.h"

namespace penstock {

/// The latest attempts of the steps of one run that were tried again.
using AttemptFence = std::map<std::string, std::int32_t>;

/// Conflict when the event tells of an attempt after which a later one was begun or announced; its
/// messages may still come. Pure.
Status check_attempt(const AttemptFence& fence, const Event& event);
/// Take in an event that was checked.
void note_attempt(AttemptFence& fence, const Event& event);

}  // namespace penstock

// Events as text for people.
#pragma once

#include <string>
#include <string_view>

#include "penstock/event/event.h"
#include "penstock/view/text_style.h"

namespace penstock {

/// What an event says beyond its type, in one line; may be empty. Not yet safe for a terminal.
std::string event_summary(const EventBody& body);
/// An event as one line that a terminal can be given: number, time as given, type, step, summary.
std::string event_line(const Event& event, std::string_view time, const TextStyle& style);

}  // namespace penstock

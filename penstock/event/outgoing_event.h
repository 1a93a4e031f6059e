// What is done to every event on its way out of a run: secrets are masked, bytes that are not text
// are replaced, and what is too large or too deep is cut.
//
// Stores do the last two once more with what they are handed and with what they read, so that every
// event that anybody sees is the same before it is stored and after.
#pragma once

#include <string>
#include <vector>

#include "penstock/base/masker.h"
#include "penstock/event/event.h"

namespace penstock {

/// The most bytes that a text of an event, a fact, or all facts of an event together may have.
inline constexpr std::size_t kMostEventText = 1u << 20;
/// The deepest nesting of a fact that is JSON.
inline constexpr std::size_t kMostFactDepth = 100;
/// What is kept of a text or fact that is larger or deeper.
inline constexpr std::size_t kKeptOfLargeText = 1u << 10;

/// Mask secrets in everything that users wrote or said. The names of declared things (jobs, ops,
/// outputs, resources) stay: they are no secrets, and the log is folded by them.
void mask_event(Event& event, const Masker& masker);
/// The same for an error that is returned and not logged; it becomes UTF-8, too.
void mask_error(Error& error, const Masker& masker);
/// The same for a step key, of which only the mapping keys are not declared names.
void mask_step_key(std::string& key, const Masker& masker);

/// Make every text of an event UTF-8, bytes that are not becoming U+FFFD, and every JSON fact JSON;
/// then cut what is larger than kMostEventText or deeper than kMostFactDepth. Gives a sentence for
/// each thing that was cut. Doing it again changes nothing.
std::vector<std::string> make_storable(Event& event);

/// Mask and make storable, for events that are about to be shown or logged. A message that says
/// what was cut stands before its event.
std::vector<Event> outgoing_events(std::vector<Event> events, const Masker& masker);

}  // namespace penstock

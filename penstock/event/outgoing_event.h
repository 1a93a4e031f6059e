// What is done to every event on its way out of a run: secrets are masked, and what is too large is
// cut.
#pragma once

#include <string>
#include <vector>

#include "penstock/base/masker.h"
#include "penstock/event/event.h"

namespace penstock {

/// The most bytes that a text of an event, a fact, or all facts of an event together may have.
inline constexpr std::size_t kMostEventText = 1u << 20;
/// What is kept of a text or fact that is larger.
inline constexpr std::size_t kKeptOfLargeText = 1u << 10;

/// Mask secrets in everything that users wrote or said. The names of declared things (jobs, ops,
/// outputs, resources) stay: they are no secrets, and the log is folded by them.
void mask_event(Event& event, const Masker& masker);
/// The same for an error that is returned and not logged.
void mask_error(Error& error, const Masker& masker);
/// The same for a step key, of which only the mapping keys are not declared names.
void mask_step_key(std::string& key, const Masker& masker);

/// Cut what is larger than kMostEventText; gives a sentence for each thing that was cut.
std::vector<std::string> cut_event(Event& event);

/// Both, for events that are about to be shown or logged. Before an event of which something was
/// cut stands a message that says so.
std::vector<Event> outgoing_events(std::vector<Event> events, const Masker& masker);

}  // namespace penstock

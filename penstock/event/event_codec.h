// How the bodies of events are stored: compact JSON made from each body's fields().
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "penstock/event/event.h"

namespace penstock {

/// The names of the event types that this version knows, in the order of EventBody.
std::span<const std::string_view> known_event_types();
/// The type of a body as stored and shown: `STEP_START`.
std::string_view event_type(const EventBody& body);
/// Append the body's JSON to `out`. Invalid UTF-8 becomes U+FFFD, so that it is always JSON.
void encode_body(const EventBody& body, std::string& out);
/// Append tags as a JSON object.
void encode_tags(const Tags& tags, std::string& out);
/// Read tags back, or ErrorCode::Corrupt.
Result<Tags> decode_tags(std::string_view json);

}  // namespace penstock

#include "penstock/event/attempt_fence.h"

#include <algorithm>

#include "penstock/base/text.h"

namespace penstock {

Status check_attempt(const AttemptFence& fence, const Event& event) {
  const auto known = fence.find(event.step);
  if (event.step.empty() || known == fence.end() || event.attempt >= known->second) return {};
  if (event.body.is<LogMessage, EngineEvent, UnknownEvent>()) return {};
  return make_error(ErrorCode::Conflict,
                    "run " + event.run.to_string() + " refuses " + std::string(event_type(event)) +
                        " of step " + quote(event.step) + ": it is of attempt " +
                        std::to_string(event.attempt) + ", and attempt " +
                        std::to_string(known->second) + " has taken its place",
                    "illegal_event");
}

void note_attempt(AttemptFence& fence, const Event& event) {
  if (event.step.empty()) return;
  auto latest = event.attempt;
  if (const auto* retry = event.body.get_if<StepUpForRetry>()) latest = retry->next_attempt;
  if (latest > 0) fence[event.step] = std::max(latest, fence[event.step]);
}

}  // namespace penstock

#include "penstock/cli/event_lines.h"

#include <fmt/format.h>

#include "penstock/cli/local_time.h"
#include "penstock/view/event_text.h"

namespace penstock {

void EventLines::print(const Event& event) {
  const auto time = local_time(event.time);
  if (auto heading = time.date + " " + time.zone; heading != heading_) {
    heading_ = std::move(heading);
    context_.print(paint(heading_, Tone::Dim, context_.global.style) + "\n");
  }
  const auto milliseconds = event.time.time_since_epoch().count() / 1000 % 1000;
  context_.print(
      event_line(event, fmt::format("{}.{:03}", time.clock, milliseconds), context_.global.style) +
      "\n");
}

}  // namespace penstock

// Events as lines for people, below the day and the zone of their times.
#pragma once

#include "penstock/cli/command.h"

namespace penstock {

/// Prints events one after another; a line with day and zone stands before the first and wherever
/// one of them changes.
class EventLines {
 public:
  explicit EventLines(const CommandContext& context) : context_(context) {}
  void print(const Event& event);

 private:
  const CommandContext& context_;
  std::string heading_;
};

}  // namespace penstock

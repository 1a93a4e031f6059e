#include "penstock/event/event_log.h"

namespace penstock {

std::string op_of_step(std::string_view step) {
  std::string op;
  int depth = 0;
  for (const char c : step) {
    if (c == '[')
      ++depth;
    else if (c == ']' && depth > 0)
      --depth;
    else if (depth == 0)
      op += c;
  }
  return op;
}

}  // namespace penstock

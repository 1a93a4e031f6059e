#include "penstock/event/event.h"

#include "penstock/event/event_codec.h"

namespace penstock {

std::string_view event_type(const EventBody& body) {
  return body.visit([]<class T>(const T& value) -> std::string_view {
    if constexpr (std::is_same_v<T, UnknownEvent>)
      return value.type;
    else
      return T::kType;
  });
}

std::string_view event_type(const Event& event) { return event_type(event.body); }

std::string encode_body(const EventBody& body) {
  std::string out;
  encode_body(body, out);
  return out;
}

}  // namespace penstock

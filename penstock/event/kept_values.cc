#include "penstock/event/kept_values.h"

namespace penstock {

Result<KeptValues> kept_values(EventLog& log, const RunId& run) {
  KeptValues kept;
  EventQuery query{.types = {"HANDLED_OUTPUT", "INTERMEDIATE_DELETED"}};
  if (!run.empty()) query.run = run;
  PENSTOCK_TRY(log.read(query, [&](const Event& event) {
    if (const auto* handled = event.body.get_if<HandledOutput>()) {
      kept[{event.run, handled->object}] = {
          event.run,
          event.step,
          event.attempt,
          {handled->manager, handled->object, std::uint64_t(handled->bytes), handled->hash,
           handled->layout},
          handled->keep};
    } else if (const auto* deleted = event.body.get_if<IntermediateDeleted>()) {
      kept.erase({event.run, deleted->object});
    }
    return true;
  }));
  return kept;
}

Event deletion_of(const KeptValue& value, Time now, std::string cause) {
  Event event;
  event.time = now;
  event.run = value.run;
  event.step = value.step;
  event.attempt = value.attempt;
  event.body = IntermediateDeleted{value.stored.object, std::int64_t(value.stored.bytes),
                                   std::move(cause)};
  return event;
}

}  // namespace penstock

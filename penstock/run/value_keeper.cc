#include "penstock/run/value_keeper.h"

#include "penstock/base/text.h"

namespace penstock {

bool ValueKeeper::is_stored(const StepTask& task, std::size_t port, const Value& value) const {
  const auto& step = plan_.steps[task.ref.step];
  return store_ != nullptr && value && step.keep_of(port) == Keep::All &&
         !step.op->outputs[port].nothing;
}

ValueKey ValueKeeper::key_of(const StepTask& task, std::size_t port,
                             std::string mapping_key) const {
  const auto& output = plan_.steps[task.ref.step].op->outputs[port];
  return {run_, task.key, task.attempt, output.name, std::move(mapping_key)};
}

Result<HandledOutput> ValueKeeper::store(const ValueKey& key, Keep keep, const Value& value) const {
  auto saved = store_->save(key, value);
  if (!saved.ok())
    return std::move(saved).error().within("output " + quote(key.output) + " cannot be kept");
  HandledOutput handled;
  if (key.output != "result") handled.output = key.output;
  handled.mapping_key = key.mapping_key;
  handled.manager = std::move(saved->manager);
  handled.object = std::move(saved->object);
  handled.bytes = std::int64_t(saved->bytes);
  handled.hash = std::move(saved->hash);
  handled.layout = std::move(saved->layout);
  handled.keep = to_string(keep);
  return handled;
}

Event ValueKeeper::store_needed(const NeededValue& needed) const {
  Event event;
  event.run = run_;
  event.step = needed.key;
  event.attempt = needed.attempt;
  const auto& output = plan_.steps[needed.ref.step].op->outputs[needed.port];
  const ValueKey key{run_, needed.key, needed.attempt, output.name, needed.mapping_key};
  auto handled = store(key, Keep::Failed, needed.value);
  if (handled.ok()) {
    event.body = *std::move(handled);
  } else {
    event.level = LogLevel::Warning;
    event.body = EngineEvent{handled.error().to_string() +
                             "; a re-execution will run its step again"};
  }
  return event;
}

void ValueKeeper::store_outputs(const StepTask& task, StepResult& result) const {
  const auto& outputs = plan_.steps[task.ref.step].op->outputs;
  for (std::size_t port = 0; port < result.outputs.size() && result.status.ok(); ++port) {
    if (outputs[port].dynamic || !is_stored(task, port, result.outputs[port])) continue;
    auto handled = store(key_of(task, port, {}), Keep::All, result.outputs[port]);
    if (handled.ok())
      result.handled.push_back(*std::move(handled));
    else
      result.status = std::move(handled).error();
  }
  if (result.status.ok()) return;
  discard(result.handled);
  result.handled.clear();
}

Result<std::optional<HandledOutput>> ValueKeeper::store_item(const StepTask& task,
                                                             std::uint16_t port,
                                                             const std::string& key,
                                                             const Value& value) const {
  if (!is_stored(task, port, value)) return std::optional<HandledOutput>();
  return std::optional(PENSTOCK_TRY(store(key_of(task, port, key), Keep::All, value)));
}

void ValueKeeper::discard(const std::vector<HandledOutput>& handled) const {
  for (const auto& each : handled)  // what stays behind is found as an orphan later
    static_cast<void>(store_->remove({each.manager, each.object, std::uint64_t(each.bytes)}).ok());
}

}  // namespace penstock

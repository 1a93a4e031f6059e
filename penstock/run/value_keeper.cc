#include "penstock/run/value_keeper.h"

#include "penstock/base/text.h"

namespace penstock {
namespace {

/// As events name outputs: nothing for an op's only one.
std::string event_name(const std::string& output) { return output == "result" ? "" : output; }

}  // namespace

OutputContext ValueKeeper::context_of(const StepTask& task, std::size_t port,
                                      const std::string& mapping_key,
                                      const Metadata& facts) const {
  const auto& step = plan_.steps[task.ref.step];
  OutputContext context{run_.to_string(), plan_.job,     task.key,  step.op->name,
                        step.op->outputs[port].name, task.map_keys, task.attempt, step.tags,
                        facts};
  if (!mapping_key.empty()) context.map_keys.push_back(mapping_key);
  return context;
}

Result<HandledOutput> ValueKeeper::manage(std::uint32_t manager, const OutputContext& output,
                                          const Value& value) {
  const auto& name = plan_.resources[manager].def->name;
  const auto* opened = static_cast<const IoManager*>(PENSTOCK_TRY(managers_.get(manager)));
  auto stored = opened->handle_output(output, value);
  if (!stored.ok())
    return std::move(stored).error().within("IO manager " + quote(name) + " cannot store output " +
                                            quote(output.output));
  HandledOutput handled;
  handled.output = event_name(output.output);
  handled.manager = name;
  handled.object = std::move(stored->path);
  handled.bytes = std::int64_t(stored->bytes);
  handled.hash = std::move(stored->hash);
  handled.layout = value.type()->layout;
  handled.metadata = std::move(stored->metadata);
  return handled;
}

Result<HandledOutput> ValueKeeper::store(const ValueKey& key, Keep keep, const Value& value) const {
  auto saved = store_->save(key, value);
  if (!saved.ok())
    return std::move(saved).error().within("output " + quote(key.output) + " cannot be kept");
  HandledOutput handled;
  handled.output = event_name(key.output);
  handled.mapping_key = key.mapping_key;
  handled.manager = std::move(saved->manager);
  handled.object = std::move(saved->object);
  handled.bytes = std::int64_t(saved->bytes);
  handled.hash = std::move(saved->hash);
  handled.layout = std::move(saved->layout);
  handled.keep = to_string(keep);
  return handled;
}

Result<std::optional<HandledOutput>> ValueKeeper::store_port(const StepTask& task,
                                                             std::size_t port,
                                                             const std::string& mapping_key,
                                                             const Value& value,
                                                             const Metadata& facts) {
  const auto& step = plan_.steps[task.ref.step];
  const auto& output = step.op->outputs[port];
  if (!value || output.nothing) return std::optional<HandledOutput>();
  if (const auto manager = step.io_of(port)) {
    auto handled =
        PENSTOCK_TRY(manage(*manager, context_of(task, port, mapping_key, facts), value));
    handled.mapping_key = mapping_key;
    return std::optional(std::move(handled));
  }
  if (store_ == nullptr || step.keep_of(port) != Keep::All) return std::optional<HandledOutput>();
  return std::optional(PENSTOCK_TRY(
      store({run_, task.key, task.attempt, output.name, mapping_key}, Keep::All, value)));
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

void ValueKeeper::store_outputs(const StepTask& task, StepResult& result) {
  const auto& outputs = plan_.steps[task.ref.step].op->outputs;
  for (std::size_t port = 0; port < result.outputs.size() && result.status.ok(); ++port) {
    if (outputs[port].dynamic) continue;
    static const Metadata kNone;
    const auto& facts = port < result.metadata.size() ? result.metadata[port] : kNone;
    auto handled = store_port(task, port, {}, result.outputs[port], facts);
    if (!handled.ok())
      result.status = std::move(handled).error();
    else if (*handled)
      result.handled.push_back(**std::move(handled));
  }
  if (result.status.ok()) return;
  discard(result.handled);
  result.handled.clear();
}

Result<std::optional<HandledOutput>> ValueKeeper::store_item(const StepTask& task,
                                                             std::uint16_t port,
                                                             const std::string& key,
                                                             const Value& value) {
  return store_port(task, port, key, value, {});
}

void ValueKeeper::discard(const std::vector<HandledOutput>& handled) const {
  for (const auto& each : handled)  // what stays behind is found as an orphan later
    if (!each.keep.empty())
      (void)store_->remove({each.manager, each.object, std::uint64_t(each.bytes)}).ok();
}

}  // namespace penstock

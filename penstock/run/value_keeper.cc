#include "penstock/run/value_keeper.h"

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

/// As events name outputs: nothing for an op's only one.
std::string event_name(const std::string& output) { return output == "result" ? "" : output; }
std::string output_name(const std::string& told) { return told.empty() ? "result" : told; }

}  // namespace

OutputContext ValueKeeper::context_of(const StepTask& task, std::size_t port,
                                      const std::string& mapping_key, const Metadata& facts) {
  const auto& step = plan_.steps[task.ref.step];
  OutputContext context{
      run_.to_string(), plan_.job,    task.key,  step.op->name, step.op->outputs[port].name,
      task.map_keys,    task.attempt, step.tags, facts};
  context.staging =
      std::make_shared<OutputStage>(run_.short_text() + "-" + std::to_string(task.attempt),
                                    [this](const auto& folder) { return settle(folder); });
  context.item_key = mapping_key;
  if (!mapping_key.empty()) context.map_keys.push_back(mapping_key);
  return context;
}

Result<ValueKeeper::Stored> ValueKeeper::manage(std::uint32_t manager, const OutputContext& output,
                                                const Value& value) {
  const auto& name = plan_.resources[manager].def->name;
  const auto* opened = static_cast<const IoManager*>(PENSTOCK_TRY(managers_.get(manager)));
  auto object = opened->handle_output(output, value);
  const bool is_file = output.staging->is_open();
  if (object.ok() && is_file) object = output.staging->seal(*std::move(object));
  if (object.ok() && is_file)
    if (auto place = places_.take(output.staging->path(), {output.step_key, output.attempt,
                                                           output.output, output.item_key});
        !place.ok())
      object = std::move(place).error();
  if (!object.ok())
    return std::move(object).error().within("IO manager " + quote(name) + " cannot store output " +
                                            quote(output.output));
  Stored stored;
  stored.told.output = event_name(output.output);
  stored.told.manager = name;
  stored.told.object = std::move(object->path);
  stored.told.bytes = std::int64_t(object->bytes);
  stored.told.hash = std::move(object->hash);
  stored.told.layout = value.type()->layout;
  stored.told.metadata = std::move(object->metadata);
  if (is_file) {
    stored.told.staged = output.staging->temporary().filename().string();
    stored.stage = output.staging;
  }
  return stored;
}

void ValueKeeper::give_back(const StepTask& task, const std::vector<Stored>& files) {
  for (const auto& file : files)
    places_.give_back(file.stage->path(), {task.key, task.attempt, output_name(file.told.output),
                                           file.told.mapping_key});
}

void ValueKeeper::recall(const Event& event) {
  if (const auto* starting = event.body.get_if<RunStarting>()) {
    recalled_folder_ = starting->folder;
  } else if (const auto* resumed = event.body.get_if<RunResumed>()) {
    recalled_folder_ = resumed->folder;
  } else if (const auto* handled = event.body.get_if<HandledOutput>()) {
    if (!handled->staged.empty())
      (void)places_
          .take(recalled_folder_ / handled->object,
                {event.step, event.attempt, output_name(handled->output), handled->mapping_key})
          .ok();
  }
}

Status ValueKeeper::settle(const std::filesystem::path& folder) {
  const std::lock_guard lock(settling_);
  return settled_.insert(folder).second ? ports_.settle(folder) : Status();
}

Status ValueKeeper::publish(const StepTask& task, std::optional<std::uint32_t> port,
                            const std::vector<Stored>& files) {
  std::vector<HandledOutput> told;
  for (const auto& file : files) told.push_back(file.told);
  if (!PENSTOCK_TRY(ports_.announce(task, port, std::move(told)))) return {};
  auto done = ports_.confirm();
  for (const auto& file : files) {
    if (done.ok()) done = file.stage->commit();
    if (!done.ok()) file.stage->leave();  // the log may name it
  }
  if (done.ok() || done.error().code == ErrorCode::Conflict) return done;
  return std::move(done).error().within("files of IO managers cannot be put in their places");
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

Result<std::optional<ValueKeeper::Stored>> ValueKeeper::store_port(const StepTask& task,
                                                                   std::size_t port,
                                                                   const std::string& mapping_key,
                                                                   const Value& value,
                                                                   const Metadata& facts) {
  const auto& step = plan_.steps[task.ref.step];
  const auto& output = step.op->outputs[port];
  if (!value || output.nothing) return std::optional<Stored>();
  if (const auto manager = step.io_of(port)) {
    auto stored = PENSTOCK_TRY(manage(*manager, context_of(task, port, mapping_key, facts), value));
    stored.told.mapping_key = mapping_key;
    if (chosen_.contains({task.ref.step, narrow<std::uint32_t>(port)}))
      loads_.note(value, {stored.told.manager, stored.told.object, std::uint64_t(stored.told.bytes),
                          stored.told.hash, stored.told.layout});
    return std::optional(std::move(stored));
  }
  if (store_ == nullptr || step.keep_of(port) != Keep::All) return std::optional<Stored>();
  return std::optional(Stored{PENSTOCK_TRY(
      store({run_, task.key, task.attempt, output.name, mapping_key}, Keep::All, value))});
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
    event.body =
        EngineEvent{handled.error().to_string() + "; a re-execution will run its step again"};
  }
  return event;
}

void ValueKeeper::store_outputs(const StepTask& task, StepResult& result) {
  const auto& outputs = plan_.steps[task.ref.step].op->outputs;
  std::vector<Stored> files;
  for (std::size_t port = 0; port < result.outputs.size() && result.status.ok(); ++port) {
    if (outputs[port].dynamic) continue;
    static const Metadata kNone;
    const auto& facts = port < result.metadata.size() ? result.metadata[port] : kNone;
    auto stored = store_port(task, port, {}, result.outputs[port], facts);
    if (!stored.ok())
      result.status = std::move(stored).error();
    else if (*stored && (*stored)->stage)
      files.push_back(**std::move(stored));
    else if (*stored)
      result.handled.push_back((*stored)->told);
  }
  if (result.status.ok() && !files.empty()) result.status = publish(task, {}, files);
  if (result.status.ok()) return;
  give_back(task, files);
  discard(result.handled);
  result.handled.clear();
}

Result<std::optional<HandledOutput>> ValueKeeper::store_item(const StepTask& task,
                                                             std::uint32_t port,
                                                             const std::string& key,
                                                             const Value& value) {
  auto stored = PENSTOCK_TRY(store_port(task, port, key, value, {}));
  if (!stored) return std::optional<HandledOutput>();
  if (!stored->stage) return std::optional(std::move(stored->told));
  const std::vector<Stored> files{*std::move(stored)};
  auto published = publish(task, port, files);
  if (!published.ok()) {
    give_back(task, files);
    return std::move(published).error();
  }
  return std::optional<HandledOutput>();
}

void ValueKeeper::discard(const std::vector<HandledOutput>& handled) const {
  for (const auto& each : handled)  // what stays behind is found as an orphan later
    if (!each.keep.empty())
      (void)store_->remove({each.manager, each.object, std::uint64_t(each.bytes)}).ok();
}

}  // namespace penstock

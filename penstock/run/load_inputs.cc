#include "penstock/run/load_inputs.h"

#include "penstock/base/text.h"
#include "penstock/run/stored_source.h"

namespace penstock {
namespace {

/// Read one stored value, and tell that it was read.
Result<Value> load_input(const LoadEnvironment& environment, const StepTask& task,
                         const std::string& input, const StoredSource& source) {
  return source.load(
      *environment.values, [&] { return environment.clock.now().time_since_epoch(); },
      [&](const StoredValue& stored, Micros took) {
        Event event;
        event.time = environment.clock.now();
        event.run = environment.run;
        event.step = task.key;
        event.attempt = task.attempt;
        event.body = LoadedInput{input, stored.manager, stored.object, std::int64_t(stored.bytes),
                                 took.count()};
        environment.ports.record(std::move(event));
      });
}

}  // namespace

Status load_inputs(const LoadEnvironment& environment, StepTask& task) {
  const auto& inputs = environment.plan.steps[task.ref.step].op->inputs;
  for (std::size_t i = 0; i < task.inputs.size(); ++i)
    for (auto& part : task.inputs[i].parts) {
      const auto* source = StoredSource::of(part);
      if (source == nullptr) continue;
      auto value = load_input(environment, task, inputs[i].name, *source);
      if (!value.ok()) {
        auto error = std::move(value).error();
        error.kind = kStoredValueLost;
        return std::move(error).within("input " + quote(inputs[i].name) +
                                       ", a value that an earlier run stored");
      }
      part = *std::move(value);
    }
  return {};
}

}  // namespace penstock

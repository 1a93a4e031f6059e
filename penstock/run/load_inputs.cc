#include "penstock/run/load_inputs.h"

#include "penstock/base/text.h"
#include "penstock/run/stored_source.h"

namespace penstock {
namespace {

/// Read one stored value, and tell that it was read.
Result<Value> load_input(const LoadEnvironment& environment, const StepTask& task,
                         const std::string& input, const StoredSource& source) {
  return source.load(
      *environment.values, environment.clock,
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

/// Put what is stored in the place of what stands for it; an item of a join is a list of values.
Status load_part(const LoadEnvironment& environment, const StepTask& task, const std::string& input,
                 Value& part) {
  bool has_source = false;
  StoredSource::each_in(part, [&](const StoredSource&) { has_source = true; });
  if (!has_source) return {};
  const auto* source = StoredSource::of(part);
  if (source == nullptr) {
    auto values = part.as<ValueList>().values;
    for (auto& value : values) PENSTOCK_TRY(load_part(environment, task, input, value));
    part = Value::make(ValueList{std::move(values)});
    return {};
  }
  auto value = load_input(environment, task, input, *source);
  if (!value.ok()) {
    auto error = std::move(value).error();
    error.kind = kStoredValueLost;
    return std::move(error).within("input " + quote(input) +
                                   ", a value that an earlier run stored");
  }
  part = *std::move(value);
  return {};
}

/// Load a value by the manager that the input chose, from where it is stored.
Status load_chosen(const LoadEnvironment& environment, const StepTask& task, const InputDef& input,
                   const PlannedInput& planned, Value& part) {
  if (!part) return {};
  const auto* source = StoredSource::of(part);
  const auto stored = source ? source->stored() : environment.values->place_of(part);
  PENSTOCK_CHECK(stored, "what an input loads was not stored");
  const bool is_gathered = planned.kind != PlannedInput::Kind::One;
  const auto started = environment.clock.instant();
  auto loaded = environment.values->load_by(*planned.loader, task.key, *stored,
                                            is_gathered ? *input.element : *input.type);
  if (!loaded.ok()) {
    auto error = std::move(loaded).error();
    if (source != nullptr) error.kind = kStoredValueLost;
    return std::move(error).within("input " + quote(input.name));
  }
  Event event;
  event.time = environment.clock.now();
  event.run = environment.run;
  event.step = task.key;
  event.attempt = task.attempt;
  event.body =
      LoadedInput{input.name, environment.plan.resources[*planned.loader].def->name, stored->object,
                  std::int64_t(stored->bytes), environment.clock.elapsed_since(started).count()};
  environment.ports.record(std::move(event));
  part = *std::move(loaded);
  return {};
}

}  // namespace

Status load_inputs(const LoadEnvironment& environment, StepTask& task) {
  const auto& step = environment.plan.steps[task.ref.step];
  const auto& inputs = step.op->inputs;
  for (std::size_t i = 0; i < task.inputs.size(); ++i)
    for (auto& part : task.inputs[i].parts)
      PENSTOCK_TRY(step.inputs[i].loader
                       ? load_chosen(environment, task, inputs[i], step.inputs[i], part)
                       : load_part(environment, task, inputs[i].name, part));
  return {};
}

}  // namespace penstock

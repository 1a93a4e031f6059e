#include "penstock/run/hook_runner.h"

#include "penstock/run/exit_guard.h"

namespace penstock {
namespace {

Event event_of(const StepEnvironment& environment, const HookTask& task, EventBody body,
               LogLevel level) {
  Event event;
  event.time = environment.clock.now();
  event.run = environment.run;
  event.step = task.facts.step.step_key;
  event.attempt = task.facts.step.attempt;
  event.level = level;
  event.body = std::move(body);
  return event;
}

Status call_hook(const StepEnvironment& environment, const HookTask& task,
                 const PlannedHook& hook) {
  std::vector<const void*> resources;
  for (const auto index : hook.resources)
    resources.push_back(PENSTOCK_TRY(environment.resources.get(index)));
  HookContext context(task.facts, [&](LogLevel level, std::string text) {
    environment.ports.record(
        event_of(environment, task, LogMessage{hook.def->name, std::move(text)}, level));
  });
  HookCall call{&context, hook.config.get(), resources};
  return hook.def->call(call);
}

}  // namespace

void run_hooks(const StepEnvironment& environment, const HookTask& task) {
  const RunningStep running(environment.run, task.facts.step.step_key);
  for (const auto* hook : task.hooks) {
    const auto started = environment.clock.instant();
    const auto status = call_hook(environment, task, *hook);
    const auto took = environment.clock.elapsed_since(started).count();
    const auto& name = hook->def->name;
    if (status.ok())
      environment.ports.record(
          event_of(environment, task, HookCompleted{name, took}, LogLevel::Info));
    else
      environment.ports.record(
          event_of(environment, task, HookErrored{name, status.error(), took}, LogLevel::Warning));
  }
}

}  // namespace penstock

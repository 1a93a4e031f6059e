#include "penstock/testing/scripted_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "penstock/base/text.h"
#include "penstock/model/config_document.h"
#include "penstock/run/reactor.h"
#include "penstock/run/step_runner.h"
#include "penstock/store/memory_log.h"

namespace penstock::testing {

namespace {

constexpr std::size_t kMostHappenings = 10'000'000;

/// Stands for a value of any type; nothing may look into it.
struct Unseen {
  static constexpr std::string_view kTypeName = "a scripted value";
};

/// A memory estimate that is not asked about values of other types than it knows.
MemoryEstimate guarded(const OpDef& op, MemoryEstimate estimate) {
  std::vector<const ValueType*> types;
  for (const auto& input : op.inputs) types.push_back(input.type);
  return [types, estimate](std::span<const Value> inputs) -> std::uint64_t {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i] && inputs[i].type() != types[i]) return 0;
    return estimate(inputs).value();
  };
}

}  // namespace

Scripted& Scripted::omits(std::string output) {
  omitted_.push_back(std::move(output));
  return *this;
}
Scripted& Scripted::fails(std::string message) {
  return fails(make_error(ErrorCode::UserFailure, std::move(message)));
}
Scripted& Scripted::fails(Error error) {
  error_ = std::move(error);
  return *this;
}
Scripted& Scripted::skips(std::string reason) { return fails(Skip(std::move(reason))); }
Scripted& Scripted::crashes(std::string reason, std::uint64_t peak_rss) {
  error_ = make_error(ErrorCode::WorkerLost, "the process of the step ended: " + reason);
  death_ = std::move(reason);
  peak_rss_ = peak_rss;
  return *this;
}
Scripted& Scripted::hangs() {
  hangs_ = true;
  return *this;
}
Scripted& Scripted::ignores_stop() {
  ignores_stop_ = true;
  return *this;
}
Scripted& Scripted::takes(Micros time) {
  takes_ = time;
  return *this;
}
Scripted& Scripted::every(Micros time) {
  every_ = time;
  return *this;
}

Scripted& Script::step(std::string name, std::optional<std::int32_t> attempt) {
  return steps_[{std::move(name), attempt.value_or(-1)}];
}
Script& Script::cancel_at(Micros time) {
  cancel_at_ = time;
  return *this;
}
const Scripted& Script::find(const std::string& key, std::int32_t attempt) const {
  static const Scripted kPlain;
  for (const auto& name : {key, op_of_step(key)})
    for (const auto number : {attempt, -1})
      if (const auto found = steps_.find({name, number}); found != steps_.end())
        return found->second;
  return kPlain;
}

/// Plays one run: a reactor, and what will happen next.
class ScriptedEngine {
 public:
  ScriptedEngine(const RunPlan& plan, const Script& script, const ScriptedOptions& options,
                 EventLog& log, StepCosts costs)
      : plan_(plan),
        script_(script),
        log_(log),
        run_id_(RunId::make(now_.time)),
        reactor_(plan, run_id_,
                 {.admission = {.slots = options.slots, .memory = options.memory},
                  .keep_values = true,
                  .seed = options.seed},
                 std::move(costs)) {}

  static Status check(const Script& script, const RunPlan& plan) {
    std::vector<std::string> paths;
    for (const auto& step : plan.steps) paths.push_back(step.path);
    for (const auto& [name, scripted] : script.steps_) {
      if (std::ranges::find(paths, op_of_step(name.first)) != paths.end()) continue;
      const auto near = closest_name(name.first, paths);
      return make_error(ErrorCode::NotFound,
                        "the script names step " + quote(name.first) +
                            ", which the job does not have" +
                            (near ? "; did you mean " + quote(*near) + "?" : ""));
    }
    return {};
  }

  Result<TestRun> run() {
    begin();
    const auto started = now_.instant;
    if (script_.cancel_at_) at(now_.instant + *script_.cancel_at_, {What::Cancel, {}, 0, 0});
    Actions actions;
    reactor_.start(now_, actions);
    take(actions);
    for (std::size_t n = 0; !reactor_.finished(); ++n) {
      if (happenings_.empty() || n == kMostHappenings) return hangs();
      const auto next = happenings_.extract(happenings_.begin());
      pass_to(next.key().first);
      happen(next.mapped(), actions);
      take(actions);
    }
    finish(started);
    PENSTOCK_TRY(log_.sync());
    return std::move(result_);
  }

 private:
  enum class What : std::uint8_t { Yield, End, Stopped, Timer, Cancel };
  struct Happening {
    What what;
    StepRef ref;
    std::int32_t attempt;
    std::size_t item;
  };
  struct Live {
    std::int32_t attempt = 0;
    std::string key;
    const Scripted* scripted = nullptr;
    Status refused = {};
  };

  void begin() {
    RunStarting starting;
    starting.job = plan_.job;
    starting.executor = "scripted";
    starting.tags = plan_.tags;
    starting.max_runtime_us = plan_.max_runtime.count();
    record(std::move(starting));
    record(RunStart{std::int64_t(plan_.steps.size())});
  }

  void finish(Instant started) {
    auto& report = result_.report;
    report.id = run_id_;
    report.status = reactor_.status();
    report.steps = reactor_.counts();
    report.failed_steps = reactor_.failed_steps();
    report.error = reactor_.first_error();
    report.duration = elapsed(started, now_.instant);
    report.values = reactor_.values();
    const auto took = report.duration.count();
    if (report.status == RunStatus::Success) return record(RunSuccess{.duration_us = took});
    if (report.status == RunStatus::Canceled)
      return record(RunCanceled{reactor_.interrupted(), took});
    record(RunFailure{.failure_class = reactor_.failure_kind().failure_class,
                      .reason = reactor_.failure_kind().reason,
                      .failed_steps = report.failed_steps,
                      .failed_count = report.steps.failed,
                      .error = report.error,
                      .duration_us = took});
  }

  Error hangs() const {
    std::string steps;
    for (const auto& [ref, live] : live_) steps += (steps.empty() ? "" : ", ") + live.key;
    return make_error(
        ErrorCode::Internal,
        "the scripted run does not end: nothing more happens, and these steps run: " + steps +
            "; give them a time limit, the run a max_runtime, or the script "
            "a cancel_at");
  }

  void happen(const Happening& next, Actions& actions) {
    if (next.what == What::Cancel) return reactor_.on_cancel("script", now_, actions);
    if (next.what == What::Timer) return reactor_.on_timer(next.ref, next.attempt, now_, actions);
    const auto live = live_.find(next.ref);
    if (live == live_.end() || live->second.attempt != next.attempt) return;
    if (next.what == What::Stopped)
      return end(next.ref, {make_error(ErrorCode::Canceled, "it was asked to stop"), {}, {}},
                 actions);
    if (next.what == What::End) return end(next.ref, result_of(next.ref), actions);
    const auto& [key, value] = live->second.scripted->items_[next.item];
    auto summary = value.summary();
    auto status = !summary.ok() ? Status(std::move(summary).error())
                                : reactor_.on_yield(next.ref, 0, key, value, now_, actions,
                                                    *std::move(summary));
    if (!status.ok()) end(next.ref, {std::move(status).error(), {}, {}}, actions);
  }

  void end(StepRef ref, StepResult result, Actions& actions) {
    const auto attempt = live_.at(ref).attempt;
    live_.erase(ref);
    result.outputs.resize(plan_.steps[ref.step].op->outputs.size());
    reactor_.on_ended(ref, attempt, std::move(result), now_, actions);
  }

  StepResult result_of(StepRef ref) const {
    const auto& scripted = *live_.at(ref).scripted;
    StepResult result;
    result.status = live_.at(ref).refused;
    if (!result.status.ok()) return result;
    if (scripted.error_) result.status = *scripted.error_;
    if (!scripted.death_.empty())
      result.death = ProcessDeath{.failure_class = "infrastructure", .reason = scripted.death_};
    result.peak_rss = std::int64_t(scripted.peak_rss_);
    for (const auto& output : plan_.steps[ref.step].op->outputs) {
      const bool omitted =
          std::ranges::find(scripted.omitted_, output.name) != scripted.omitted_.end();
      if (output.dynamic || omitted || scripted.error_)
        result.outputs.emplace_back();
      else
        result.outputs.push_back(scripted.value_.value_or(Value::make(Unseen{})));
    }
    summarize_outputs(*plan_.steps[ref.step].op, result);
    return result;
  }

  void take(Actions& actions) {
    for (auto& event : actions.events) result_.events.push_back(event);
    log_.append(std::move(actions.events));
    for (const auto& task : actions.start) launch(task);
    for (const auto& timer : actions.timers)
      at(timer.at, {What::Timer, timer.ref, timer.attempt, 0});
    for (const auto ref : actions.cancel) stop(ref);
    const auto hooks = std::move(actions.hooks);
    actions.clear();
    for (const auto& hook : hooks) {  // they are not called; they take no time
      reactor_.on_hooks_ended(hook.ref, now_, actions);
      take(actions);
    }
  }

  void launch(const StepTask& task) {
    const auto& scripted = script_.find(task.key, task.attempt);
    live_[task.ref] = {task.attempt, task.key, &scripted, task.refused};
    if (!task.refused.ok()) return at(now_.instant, {What::End, task.ref, task.attempt, 0});
    auto time = now_.instant;
    for (std::size_t item = 0; item < scripted.items_.size(); ++item)
      at(time += scripted.every_, {What::Yield, task.ref, task.attempt, item});
    if (!scripted.hangs_)
      at(std::max(time, now_.instant + scripted.takes_), {What::End, task.ref, task.attempt, 0});
  }

  void stop(StepRef ref) {
    const auto live = live_.find(ref);
    if (live == live_.end() || live->second.scripted->ignores_stop_) return;
    at(now_.instant, {What::Stopped, ref, live->second.attempt, 0});
  }

  void pass_to(Instant time) {
    const auto passed = elapsed(now_.instant, time);
    now_ = {now_.time + passed, now_.instant + passed};
  }

  void at(Instant time, Happening happening) {
    happenings_.emplace(std::pair{time, order_++}, happening);
  }

  void record(EventBody body) {
    Event event;
    event.time = now_.time;
    event.run = run_id_;
    event.body = std::move(body);
    result_.events.push_back(event);
    log_.append({std::move(event)});
  }

  const RunPlan& plan_;
  const Script& script_;
  EventLog& log_;
  Moment now_{Time(std::chrono::seconds(1'600'000'000)), Instant(std::chrono::hours(1))};
  RunId run_id_;
  Reactor reactor_;
  std::map<std::pair<Instant, std::uint64_t>, Happening> happenings_;
  std::uint64_t order_ = 0;
  std::map<StepRef, Live> live_;
  TestRun result_;
};

Result<TestRun> run_scripted(const Definitions& definitions, std::string job, const Script& script,
                             const ScriptedOptions& options, std::string_view config) {
  auto document = parse_config(config, "config");
  if (!document.ok()) return config_error(document.problems);
  RunRequest request;
  request.job = std::move(job);
  request.config = std::move(document.value);
  request.tags = options.tags;
  auto plan = PENSTOCK_TRY(plan_run(definitions, request));
  PENSTOCK_TRY(ScriptedEngine::check(script, plan));
  for (auto& step : plan.steps)
    if (step.memory) step.memory = guarded(*step.op, step.memory);
  MemoryLog own;
  auto& log = options.history ? *options.history : own;
  const auto history = PENSTOCK_TRY(log.op_history(plan.job));
  return ScriptedEngine(plan, script, options, log, learn_costs(plan, history)).run();
}

}  // namespace penstock::testing

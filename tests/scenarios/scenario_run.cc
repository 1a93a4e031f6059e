// Plays scenarios: the reactor, a clock that is moved to whatever happens next, workers that do as
// the scenario says.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "penstock/base/text.h"
#include "penstock/event/run_history.h"
#include "penstock/plan/plan_reexecution.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/scenario_value.h"

namespace penstock::scenario {
namespace {

struct Happening {
  enum class Kind : std::uint8_t { Yield, End, Timer, Cancel } kind = Kind::End;
  StepRef ref = {};
  std::int32_t attempt = 0;
  PlayedItem item = {};
};

/// An event as the line that scenarios expect.
struct Line {
  std::string operator()(const StepStart& body) const {
    return named("start", body.waited_us > 0 ? fmt::format("waited {}", body.waited_us) : "");
  }
  std::string operator()(const StepBlocked& body) const {
    return named("blocked", fmt::format("wants {} of {}, {} are free; has {}", body.wanted,
                                        body.reason, body.free, fmt::join(body.holders, ", ")));
  }
  std::string operator()(const StepOutput& body) const {
    auto output = body.output.empty() ? std::string("result") : body.output;
    if (!body.mapping_key.empty()) output += "[" + body.mapping_key + "]";
    return named("gives", output);
  }
  std::string operator()(const DynamicComplete& body) const {
    return named("complete", fmt::format("{} items", body.count));
  }
  std::string operator()(const DynamicChanged& body) const {
    const auto order =
        body.order.empty() ? std::string() : fmt::format(", order [{}]", join(body.order, " "));
    return named("changed", fmt::format("added [{}], discarded [{}]{}", join(body.added, " "),
                                        join(body.discarded, " "), order));
  }
  std::string operator()(const ItemsDropped& body) const {
    return named("drops", fmt::format("[{}] of {}, at most {}", join(body.keys, " "), body.source,
                                      body.allowed));
  }
  std::string operator()(const EngineEvent& body) const { return named("note", body.text); }
  std::string operator()(const StepSuccess&) const { return named("success", ""); }
  std::string operator()(const StepFailure& body) const {
    return named("failure", body.failure_class == "user"
                                ? body.error.to_string()
                                : body.failure_class + ": " + body.error.to_string());
  }
  std::string operator()(const StepUpForRetry& body) const {
    return named("retry", fmt::format("in {}", body.delay_us));
  }
  std::string operator()(const StepReused&) const { return named("reused", ""); }
  std::string operator()(const StepSkipped& body) const { return named("skipped", body.reason); }
  std::string operator()(const StepUpstreamFailed& body) const {
    return named("upstream",
                 body.reason.empty() ? body.step + " failed" : body.step + ": " + body.reason);
  }
  std::string operator()(const StepCanceled& body) const {
    return named("canceled", body.started ? "while it ran" : "");
  }
  std::string operator()(const RunCanceling& body) const { return named("canceling", body.by); }
  template <class Body>
  std::string operator()(const Body&) const {
    return named(std::string(Body::kType), "");
  }
  std::string operator()(const UnknownEvent& body) const { return named(body.type, ""); }

  std::string named(std::string_view name, const std::string& detail) const {
    auto step = event.attempt > 0 ? fmt::format("{} #{}", event.step, event.attempt) : event.step;
    auto line = fmt::format("{:>5}  {:<9}  {}", event.time.time_since_epoch().count(), name, step);
    if (!detail.empty()) line += (step.empty() ? "" : ": ") + detail;
    while (line.ends_with(' ')) line.pop_back();
    return line + "\n";
  }

  const Event& event;
};

class Player {
 public:
  /// `again`: what differs in a run that is executed again; null in the first.
  Player(const Scenario& scenario, const Again* again, const RunPlan& plan, RunHistory& history)
      : scenario_(scenario),
        again_(again),
        plan_(plan),
        history_(history),
        run_(RunId::make(Time(), 1, history.run().low() + 1)),
        reactor_(plan, run_, scenario.limits) {
    RunStarting starting;
    starting.plan = plan_json(plan);
    starting.strategy = plan.strategy;
    tell(starting);
  }

  Result<std::string> run() {
    if (scenario_.cancel_at && again_ == nullptr)
      at(Instant(Micros(*scenario_.cancel_at)), {Happening::Kind::Cancel});
    Actions actions;
    reactor_.start(now(), actions);
    take(actions);
    for (int steps = 0; !reactor_.finished(); ++steps) {
      if (happenings_.empty() || steps > 100'000)
        return make_error(ErrorCode::Internal, "the run does not end:\n" + text_);
      auto next = happenings_.extract(happenings_.begin());
      now_ = std::max(now_, next.key().first);
      happen(next.mapped(), actions);
      take(actions);
    }
    text_ += fmt::format("{:>5}  {}  at most {} at once", now_.time_since_epoch().count(),
                         to_string(reactor_.status()), most_running_);
    if (most_held_ > 0) text_ += fmt::format(", {} bytes held", most_held_);
    return text_ + "\n";
  }

 private:
  Moment now() const { return {Time(now_.time_since_epoch()), now_}; }

  void at(Instant time, Happening happening) {
    happenings_.emplace(std::pair(time, order_++), std::move(happening));
  }

  void happen(const Happening& next, Actions& actions) {
    switch (next.kind) {
      case Happening::Kind::Yield: {
        if (!live_.contains(next.ref)) return;
        if (reactor_.must_wait(next.ref, next.item.port)) return wait(next, actions);
        auto status = reactor_.on_yield(next.ref, next.item.port, next.item.key, value(next.ref),
                                        now(), actions);
        if (!status.ok()) end(next, std::move(status).error(), actions);
        return;
      }
      case Happening::Kind::End:
        return end(next, outcome(next), actions);
      case Happening::Kind::Timer:
        return reactor_.on_timer(next.ref, next.attempt, now(), actions);
      case Happening::Kind::Cancel:
        return reactor_.on_cancel("a scenario", now(), actions);
    }
  }

  void end(const Happening& next, Status status, Actions& actions) {
    const auto live = live_.find(next.ref);
    if (live == live_.end() || live->second != next.attempt) return;  // it was stopped before
    live_.erase(live);
    StepResult result;
    result.status = std::move(status);
    const auto& outputs = plan_.steps[next.ref.step].op->outputs;
    result.outputs.resize(outputs.size());
    for (std::size_t port = 0; result.status.ok() && port < outputs.size(); ++port)
      if (!outputs[port].dynamic && !outputs[port].stream && !omits(next.ref, outputs[port].name))
        result.outputs[port] = value(next.ref);
    reactor_.on_ended(next.ref, next.attempt, std::move(result), now(), actions);
  }

  Status outcome(const Happening& next) {
    if (stopped_.erase(next.ref) > 0) return make_error(ErrorCode::Canceled, "it was stopped");
    const auto text = said<std::string>(next.ref, &Play::text);
    if (said<bool>(next.ref, &Play::skips)) return Skip(text.value_or("it said so"));
    if (next.attempt >= failures(next.ref)) return {};
    auto error = make_error(ErrorCode::UserFailure, text.value_or("it broke"));
    for (const auto* play : plays(next.ref))
      if (play->final) error.allow_retries = false;
    return error;
  }

  Value value(StepRef ref) const {
    const auto bytes = scenario_.output_bytes.find(plan_.steps[ref.step].path);
    const auto size = bytes == scenario_.output_bytes.end() ? 0 : std::uint64_t(bytes->second);
    return Value::make(Sized{size, 1});
  }

  /// What the scenario says of this copy, then of the op; of this run, then of the first.
  std::vector<const Play*> plays(StepRef ref) const {
    std::vector<const Play*> found;
    const auto key = reactor_.slots().key(ref);
    const auto add = [&](const std::map<std::string, Play>& plays) {
      for (const auto& name : {key, plan_.steps[ref.step].path})
        if (const auto at = plays.find(name); at != plays.end()) found.push_back(&at->second);
    };
    if (again_ != nullptr) add(again_->plays);
    add(scenario_.plays);
    return found;
  }

  /// What failed in the first run does not in the next, unless it says so.
  std::int32_t failures(StepRef ref) const {
    for (const auto* play : plays(ref))
      if (play->fails && (again_ == nullptr || is_of_this_run(play))) return *play->fails;
    return 0;
  }

  bool is_of_this_run(const Play* play) const {
    return std::ranges::any_of(again_->plays,
                               [&](const auto& each) { return &each.second == play; });
  }

  template <class T>
  std::optional<T> said(StepRef ref, std::optional<T> Play::* what) const {
    for (const auto* play : plays(ref))
      if (play->*what) return play->*what;
    return {};
  }

  bool omits(StepRef ref, const std::string& output) const {
    return std::ranges::any_of(plays(ref), [&](const Play* play) {
      return std::ranges::find(play->omits, output) != play->omits.end();
    });
  }

  void take(Actions& actions) {
    for (const auto& event : actions.events) {
      text_ += event.body.visit(Line{event});
      history_.apply(event);
      if (const auto* output = event.body.get_if<StepOutput>()) keep(event, *output);
    }
    for (const auto& task : actions.start) {
      launch(task);
      for (const auto& partner : task.partners) launch(partner);
    }
    for (const auto& timer : actions.timers)
      at(timer.at, {Happening::Kind::Timer, timer.ref, timer.attempt});
    for (const auto ref : actions.cancel) stop(ref);
    for (const auto ref : actions.resume) resume(ref);
    most_held_ = std::max(most_held_, reactor_.held_bytes());
    most_running_ = std::max(most_running_, live_.size() - std::size_t(reactor_.waiting()));
    actions.clear();
  }

  void tell(EventBody body) {
    Event event;
    event.run = run_;
    event.body = std::move(body);
    history_.apply(event);
  }

  /// Every value is kept, unless its step loses it.
  void keep(const Event& event, const StepOutput& output) {
    for (const auto& plays : {again_ != nullptr ? &again_->plays : &scenario_.plays})
      for (const auto& name : {event.step, op_of_step(event.step)})
        if (const auto at = plays->find(name); at != plays->end() && at->second.loses) return;
    Event kept = event;
    kept.body = HandledOutput{.output = output.output,
                              .mapping_key = output.mapping_key,
                              .manager = "test",
                              .object = event.step};
    history_.apply(kept);
  }

  void launch(const StepTask& task) {
    live_[task.ref] = task.attempt;
    auto time = now_;
    const Micros every(said<std::int64_t>(task.ref, &Play::every).value_or(1));
    const auto yields = said<std::vector<std::vector<std::string>>>(task.ref, &Play::yields)
                            .value_or(std::vector<std::vector<std::string>>(1));
    for (const auto& key : yields[std::min(std::size_t(task.attempt), yields.size() - 1)]) {
      time += every;
      at(time, {Happening::Kind::Yield, task.ref, task.attempt, item(task.ref, key)});
    }
    const Micros takes(said<std::int64_t>(task.ref, &Play::takes).value_or(10));
    at(std::max(time, now_ + takes), {Happening::Kind::End, task.ref, task.attempt});
  }

  /// `key`, or `output:key`.
  PlayedItem item(StepRef ref, const std::string& text) const {
    const auto colon = text.find(':');
    if (colon == std::string::npos) return {0, text};
    const auto& outputs = plan_.steps[ref.step].op->outputs;
    for (std::uint32_t port = 0; port < outputs.size(); ++port)
      if (outputs[port].name == text.substr(0, colon)) return {port, text.substr(colon + 1)};
    PENSTOCK_CHECK(false, "a scenario yields to an output that is not there: " + text);
  }

  /// A step that must wait does later what it would do now.
  void wait(const Happening& next, Actions& actions) {
    auto& paused = paused_[next.ref];
    paused.emplace_back(Micros(0), next);
    for (auto at = happenings_.begin(); at != happenings_.end();) {
      const bool is_own = at->second.ref == next.ref && at->second.kind != Happening::Kind::Timer &&
                          at->second.kind != Happening::Kind::Cancel;
      if (is_own) paused.emplace_back(at->first.first - now_, at->second);
      at = is_own ? happenings_.erase(at) : std::next(at);
    }
    reactor_.on_wait(next.ref, next.item.port, now(), actions);
  }

  void resume(StepRef ref) {
    for (auto& [after, happening] : paused_[ref]) at(now_ + after, std::move(happening));
    paused_.erase(ref);
  }

  /// A step that is asked to stop does so 1 µs later.
  void stop(StepRef ref) {
    paused_.erase(ref);
    for (const auto* play : plays(ref))
      if (play->ignores_stop) return;
    const auto attempt = live_.at(ref);
    for (auto next = happenings_.begin(); next != happenings_.end();)
      next = next->second.ref == ref && next->second.kind != Happening::Kind::Timer
                 ? happenings_.erase(next)
                 : std::next(next);
    stopped_.insert(ref);
    at(now_ + Micros(1), {Happening::Kind::End, ref, attempt});
  }

  const Scenario& scenario_;
  const Again* again_;
  const RunPlan& plan_;
  RunHistory& history_;
  RunId run_;
  Reactor reactor_;
  Instant now_;
  std::uint64_t order_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, Happening> happenings_;
  std::map<StepRef, std::int32_t> live_;
  std::map<StepRef, std::vector<std::pair<Micros, Happening>>> paused_;  // what waiting steps do
  std::set<StepRef> stopped_;
  std::uint64_t most_held_ = 0;
  std::size_t most_running_ = 0;
  std::string text_;
};

/// The run executed again: why each step runs, then what happens.
Result<std::string> play_again(const Scenario& scenario, const Again& again,
                               const Definitions& definitions, const RunRequest& request,
                               RunHistory& history) {
  const KnownRun known{history, [](const StoredValue&, const ValueType&) { return true; }, "",
                       "before"};
  const auto strategy = PENSTOCK_TRY(parse_strategy(again.strategy));
  const auto planned = plan_reexecution(definitions, {request, strategy, again.selection}, known);
  if (!planned.ok()) return "refused: " + planned.error().to_string() + "\n";
  std::string text = fmt::format("again {}\n", to_string(strategy));
  for (const auto& step : planned->plan.steps)
    text += fmt::format("  {}: {}\n", step.path, step.reason);
  for (const auto& notice : planned->notices) text += notice + "\n";
  return text + PENSTOCK_TRY(Player(scenario, &again, planned->plan, history).run());
}

}  // namespace

Result<std::string> play(const Scenario& scenario) {
  auto job = std::make_shared<JobDef>();
  job->name = scenario.graph->name;
  job->graph = scenario.graph;
  Definitions::Parts parts;
  parts.jobs.push_back(job);
  const Definitions definitions(std::move(parts));
  RunRequest request;
  request.job = job->name;
  const auto plan = PENSTOCK_TRY(plan_run(definitions, request));
  RunHistory history;
  auto text = PENSTOCK_TRY(Player(scenario, nullptr, plan, history).run());
  for (const auto& again : scenario.again)
    text += "\n" + PENSTOCK_TRY(play_again(scenario, again, definitions, request, history));
  return text;
}

}  // namespace penstock::scenario

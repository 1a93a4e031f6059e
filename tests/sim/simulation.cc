#include "tests/sim/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace penstock::sim {

namespace {
const RunId kRun = RunId::make(Time(), 1, 1);
constexpr std::uint64_t kPlenty = std::uint64_t(1) << 40;
// Half of the runs never hold a step back for the sake of another.
constexpr std::int64_t kFewOvertakes = 2;
constexpr auto kManyOvertakes = std::int64_t(kPlenty);
}  // namespace

Simulation::Simulation(Random random, const Definitions& definitions, Weather weather, Tally& tally)
    : random_(random),
      weather_(weather),
      tally_(tally),
      plan_(plan(definitions)),
      // where memory is short, what fits goes before what is deeper
      limits_{.admission = {.slots = std::int32_t(2 + below(random_, 4)),
                            .memory = weather.failures ? 100 : kPlenty,
                        .max_overtakes = chance(random_, 0.5) ? kManyOvertakes : kFewOvertakes},
              .seed = random_(),
              .order = DispatchOrder(weather.failures && chance(random_, 0.2))},
      reactor_(plan_, kRun, limits_),
      is_chain_(!weather.failures) {
  if (weather.cancel) cancel_at_ = std::int64_t(below(random_, 400));
  if (weather.kill) kill_at_ = int(below(random_, 60));
  tell(RunStarting{});
  tell(RunStart{});
}

void Simulation::promise(std::string_view what, bool kept, const std::string& detail) {
  ++tally_[what];
  if (!kept) ADD_FAILURE() << "not kept: " << what << (detail.empty() ? "" : ": ") << detail;
}

RunPlan Simulation::plan(const Definitions& definitions) {
  RunRequest request;
  request.job = "random";
  auto planned = plan_run(definitions, request);
  PENSTOCK_CHECK(planned.ok(), planned.ok() ? "" : planned.error().to_string());
  if (!weather_.failures) return std::move(*planned);
  add_pools(*planned);
  add_hooks(*planned);
  if (chance(random_, 0.1))
    planned->max_runtime = Micros(std::int64_t(1 + below(random_, 400)));
  return std::move(*planned);
}

/// Pools, and steps that take amounts of several.
void Simulation::add_pools(RunPlan& plan) {
  for (auto pools = below(random_, 4); pools > 0; --pools)
    plan.pools.push_back({"p" + std::to_string(pools), std::int64_t(1 + below(random_, 3))});
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    auto& step = plan.steps[i];
    const bool is_led = step.unit >= 0 && plan.units[std::size_t(step.unit)].front() != i;
    for (std::uint32_t pool = 0; pool < plan.pools.size() && !is_led; ++pool)
      if (chance(random_, 0.3))
        step.claims.push_back(
            {pool, std::int64_t(1 + below(random_, std::uint64_t(plan.pools[pool].limit)))});
  }
}

void Simulation::add_hooks(RunPlan& plan) {
  static const auto hook_of = [](HookDef::When when) {
    auto def = std::make_shared<HookDef>();
    def->when = when;
    return PlannedHook{def, {}};
  };
  static const auto success = hook_of(HookDef::When::Success);
  static const auto failure = hook_of(HookDef::When::Failure);
  for (auto& step : plan.steps)
    for (const auto& hook : {success, failure})
      if (chance(random_, 0.2)) step.hooks.push_back(hook);
}

void Simulation::tell(EventBody body) {
  Event event;
  event.time = now().time;
  event.run = kRun;
  event.body = std::move(body);
  record(std::move(event));
}

void Simulation::record(Event event) {
  const auto status = fold(record_, event);
  promise("the run's record takes every event", status.ok(),
          status.ok() ? "" : status.error().to_string());
  promise("nothing is told by an attempt that was given up", check_attempt(fence_, event).ok(),
          event.step);
  note_attempt(fence_, event);
  events_.push_back(std::move(event));
}

void Simulation::run() {
  Actions actions;
  reactor_.start(now(), actions);
  take(actions);
  for (int steps = 0; !reactor_.finished(); ++steps) {
    if (steps > 200'000 || happenings_.empty() || ::testing::Test::HasFailure()) {
      promise("a run ends", ::testing::Test::HasFailure(), "nothing happens any more");
      return;
    }
    if (steps == kill_at_) return check_recovery();
    step();
  }
  check_end();
}

void Simulation::step() {
  const auto next = happenings_.top();
  Actions actions;
  if (cancel_at_ >= 0 && next.at.time_since_epoch().count() >= cancel_at_) {
    cancel_at_ = -1;
    canceled_ = true;
    reactor_.on_cancel("test", now(), actions);
    return take(actions);
  }
  happenings_.pop();
  now_ = std::max(now_, next.at);
  happen(next, actions);
  take(actions);
}

void Simulation::happen(const Happening& next, Actions& actions) {
  if (waits(next)) return waiting_.at(next.ref).push_back(next);
  const auto live = live_.find(next.ref);
  const bool is_live = live != live_.end() && live->second == next.attempt;
  switch (next.kind) {
    case Happening::Kind::Yield: {
      if (is_live) yield(next, actions);
      return;
    }
    case Happening::Kind::End:
      return end(next, actions);
    case Happening::Kind::Lost:
      return lose(next, actions);
    case Happening::Kind::Timer:
      return reactor_.on_timer(next.ref, next.attempt, now(), actions);
    case Happening::Kind::Hooks:
      hooking_.erase(next.ref);
      return reactor_.on_hooks_ended(next.ref, now(), actions);
  }
}

void Simulation::yield(const Happening& next, Actions& actions) {
  if (reactor_.must_wait(next.ref, 0)) {
    waiting_[next.ref] = {next};
    return reactor_.on_wait(next.ref, 0, now(), actions);
  }
  const auto key = "k" + std::to_string(next.item);
  const auto status = reactor_.on_yield(
      next.ref, 0, key, Value::make(Payload{.size = below(random_, 8), .keys = {key}}), now(),
      actions);
  promise("new keys are taken", status.ok(), status.ok() ? "" : status.error().to_string());
  given_[next.ref].push_back(key);
  check_bound(next.ref, actions);
}

/// True for what an attempt does that waits before it yields.
bool Simulation::waits(const Happening& next) const {
  const auto live = live_.find(next.ref);
  return next.kind < Happening::Kind::Timer && waiting_.contains(next.ref) &&
         live != live_.end() && live->second == next.attempt;
}

void Simulation::resume(StepRef ref) {
  const auto waiting = waiting_.find(ref);
  promise("who goes on had waited, or is being stopped",
          waiting != waiting_.end() || stopping_.contains(ref));
  if (waiting == waiting_.end()) return;
  for (auto& next : waiting->second) {
    next.at = std::max(now_, next.at);
    next.order = order_++;
    happenings_.push(next);
  }
  waiting_.erase(waiting);
}

void Simulation::end(const Happening& next, Actions& actions) {
  const auto live = live_.find(next.ref);
  if (live != live_.end() && live->second == next.attempt) live_.erase(live);
  if (weather_.duplicates && chance(random_, 0.05))  // from an attempt that is long gone
    reactor_.on_ended(next.ref, next.attempt + (next.attempt > 0 ? -1 : 7), {}, now(), actions);
  auto result = result_of(next);
  if (weather_.duplicates && chance(random_, 0.05))  // the same message once more, later
    schedule(now_ + Micros(std::int64_t(below(random_, 60))), Happening::Kind::End, next.ref,
             next.attempt);
  reactor_.on_ended(next.ref, next.attempt, std::move(result), now(), actions);
}

// What the worker has to say may come after it was given up.
void Simulation::lose(const Happening& next, Actions& actions) {
  const auto live = live_.find(next.ref);
  if (live == live_.end() || live->second != next.attempt) return;
  live_.erase(live);
  if (chance(random_, 0.5))
    schedule(now_ + Micros(std::int64_t(below(random_, 60))), Happening::Kind::End, next.ref,
             next.attempt);
  StepResult result;
  result.status = make_error(ErrorCode::WorkerLost, "its worker was lost");
  result.outputs.resize(plan_.steps[next.ref.step].op->outputs.size());
  reactor_.on_ended(next.ref, next.attempt, std::move(result), now(), actions);
}

/// Some failures ask for a retry, whatever the policy of their step says.
void Simulation::fail(StepResult& result) {
  result.status = make_error(ErrorCode::UserFailure, "failed");
  if (chance(random_, 0.2)) result.retry.max_retries = 2;
}

StepResult Simulation::result_of(const Happening& next) {
  StepResult result;
  const auto& op = *plan_.steps[next.ref.step].op;
  result.outputs.resize(op.outputs.size());
  const bool stopped = stopping_.erase(next.ref) > 0;
  const double fate =
      weather_.failures ? std::uniform_real_distribution<double>(0, 1)(random_) : 0.5;
  if (stopped && fate < 0.8)
    result.status = make_error(ErrorCode::Canceled, "stopped");
  else if (fate < 0.08)
    fail(result);
  else if (fate < 0.10)
    result.status = Skip("skipped");
  else if ((fate < 0.95 || leaves_.contains(next.ref)) && !op.outputs[0].dynamic &&
           !op.outputs[0].stream)
    result.outputs[0] = Value::make(
        leaves_.contains(next.ref)
            ? Payload{.size = below(random_, 30),
                      .leaves = leaves_.at(next.ref),
                      .keys = reduced_.at(next.ref)}
            : Payload{.size = below(random_, 30), .keys = {key_of(next.ref)}});
  return result;
}

void Simulation::take(Actions& actions) {
  for (const auto& event : actions.events) take_event(event);
  const bool started = !actions.start.empty();
  for (const auto& task : actions.start) launch(task);
  for (const auto& timer : actions.timers)
    schedule(timer.at, Happening::Kind::Timer, timer.ref, timer.attempt);
  for (const auto ref : actions.cancel) stop(ref);
  for (const auto ref : actions.resume) resume(ref);
  for (const auto& task : actions.hooks) {
    promise("hooks are called of one step at a time", hooking_.insert(task.ref).second);
    ++hooks_called_[{task.ref, task.hooks.at(0)->def->when}];
    schedule(now_ + Micros(std::int64_t(below(random_, 20))), Happening::Kind::Hooks, task.ref, 0);
  }
  check_limits(started);
  check_waiting();
  if (is_chain_) check_chain();
  actions.clear();
}

void Simulation::take_event(const Event& event) {
  trace_.push_back(std::string(event_type(event)) + " " + event.step + " " +
                   std::to_string(event.attempt));
  auto stored = decode_body(event_type(event), encode_body(event.body));
  promise("what is stored can be read", stored.ok());
  if (!stored.ok()) return;
  if (is_note_of_bound(event)) noted_.insert(event.step);
  if (event.body.get_if<RunCanceling>() != nullptr) canceled_ = true;
  if (!event.step.empty()) stored->visit(Teller{*this, event, told_[event.step]});
  Event copy = event;
  copy.body = std::move(*stored);
  record(std::move(copy));
}

void Simulation::launch(const StepTask& task) {
  promise("a step has one live attempt", live_.emplace(task.ref, task.attempt).second, task.key);
  stopping_.erase(task.ref);
  check_inputs(task);
  check_gathered(task);
  check_order(task);
  const auto& op = *plan_.steps[task.ref.step].op;
  Instant at = now_ + Micros(std::int64_t(below(random_, 20)));
  if (op.outputs[0].dynamic) {
    const auto items = int(below(random_, weather_.items));
    const auto first = task.attempt > 0 ? int(below(random_, 3)) : 0;
    std::vector<int> order(std::size_t(items), 0);
    std::iota(order.begin(), order.end(), first);
    if (chance(random_, 0.5)) std::ranges::shuffle(order, random_);
    for (const int item : order) {
      schedule(at, Happening::Kind::Yield, task.ref, task.attempt, item);
      at += Micros(std::int64_t(below(random_, 10)));
    }
    given_[task.ref].clear();
  }
  const bool is_lost = weather_.losses && chance(random_, 0.03);
  schedule(is_lost ? at + Micros(100) : at, is_lost ? Happening::Kind::Lost : Happening::Kind::End,
           task.ref, task.attempt);
  for (const auto& partner : task.partners) launch(partner);
}

/// Most steps heed the request soon; what they would have said later is then an old message.
void Simulation::stop(StepRef ref) {
  stopping_[ref] = true;
  const bool waited = waiting_.erase(ref) > 0;
  if (waited || chance(random_, 0.7))
    schedule(now_ + Micros(std::int64_t(below(random_, 5))), Happening::Kind::End, ref,
             live_.at(ref));
}

void Simulation::schedule(Instant at, Happening::Kind kind, StepRef ref, std::int32_t attempt,
                          int item) {
  happenings_.push({at, order_++, kind, ref, attempt, item});
}

}  // namespace penstock::sim

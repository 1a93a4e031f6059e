#include "tests/sim/reexecution.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <optional>

#include "penstock/run/stored_source.h"
#include "penstock/testing/fake_clock.h"

namespace penstock::sim {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
  hash ^= more + 0x9e3779b97f4a7c15 + (hash << 6) + (hash >> 2);
  return hash * 0xff51afd7ed558ccd;
}

std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const unsigned char c : text) hash = (hash ^ c) * 1099511628211u;
  return hash;
}

/// PENSTOCK_SIM_TRACE=1 prints every event, and each run's plan.
void trace(const Event& event, const RunPlan& plan) {
  static const bool wanted = std::getenv("PENSTOCK_SIM_TRACE") != nullptr;
  if (!wanted) return;
  const auto body = event.body.is<RunStarting>() ? plan_json(plan) : encode_body(event.body);
  std::printf("%s %s %s %d %s\n", event.run.to_string().c_str(),
              std::string(event_type(event)).c_str(), event.step.c_str(), event.attempt,
              body.c_str());
}

}  // namespace

/// One run: whatever may happen next happens in random order, until it ends or is killed.
class RunChain::Execution {
 public:
  Execution(RunChain& chain, const RunPlan& plan, const Trouble& trouble, bool resumes = false)
      : chain_(chain),
        trouble_(trouble),
        plan_(plan),
        resumes_(resumes),
        run_(resumes ? chain.history_.run() : RunId::make(Time(), ++chain.runs_, 7)),
        reactor_(plan, run_, {{.slots = std::int32_t(2 + below(chain.random_, 3))}, false, 1}) {
    for (const auto& step : plan.steps)
      if (step.join != JoinKind::None) chain.joins_.insert(step.path);
    for (const auto& reduce : plan.reduces) chain.parts_.insert(plan.steps[reduce.parts].path);
  }

  bool run() {
    begin();
    Actions actions;
    reactor_.start({}, actions);
    take(actions);
    while (!reactor_.finished() && !killed_) {
      if (next_.empty()) {
        ADD_FAILURE() << "nothing happens any more";
        return false;
      }
      const auto at = below(chain_.random_, next_.size());
      std::swap(next_[at], next_.back());
      const auto happen = std::move(next_.back());
      next_.pop_back();
      happen(actions);
      take(actions);
    }
    chain_.killed_ = killed_;
    return !killed_ && reactor_.status() == RunStatus::Success;
  }

 private:
  void begin() {
    if (resumes_) return go_on();
    chain_.record_ = {};
    RunStarting starting;
    starting.plan = plan_json(plan_);
    starting.parent_run = plan_.parent_run;
    starting.root_run = plan_.root_run.empty() ? run_.to_string() : plan_.root_run;
    starting.strategy = plan_.strategy;
    tell(starting);
    tell(RunStart{});
  }

  /// As LostRun::claim() and LostRun::restart() tell it.
  void go_on() {
    ++chain_.resumed_;
    std::vector<std::string> running;
    for (const auto& [key, step] : chain_.history_.steps())
      if (step.state == KnownState::Running && step.run == run_) running.push_back(key);
    tell(RunResumed{.fence = chain_.record_.fence + 1});
    for (const auto& key : running) {
      const auto attempt = chain_.history_.find(key)->attempt;
      tell(StepFailure{}, key, attempt);
      tell(StepUpForRetry{attempt + 1, 0, ""}, key, attempt + 1);
    }
    for (const auto& [key, attempt] : plan_.attempts)
      if (chain_.history_.find(key)->state == KnownState::Succeeded)
        tell(StepUpForRetry{.next_attempt = attempt, .succeeded = true}, key, attempt);
  }

  void tell(EventBody body, std::string step = {}, std::int32_t attempt = 0) {
    Event event;
    event.run = run_;
    event.step = std::move(step);
    event.attempt = attempt;
    event.body = std::move(body);
    tell(event);
  }

  void tell(const Event& event) {
    trace(event, plan_);
    const auto status = fold(chain_.record_, event);
    EXPECT_TRUE(status.ok()) << status.error().to_string();
    chain_.history_.apply(event);
  }

  /// What is told after the kill is not told.
  void take(Actions& actions) {
    for (const auto& event : actions.events) {
      if (trouble_.kill_after > 0 && ++events_ >= trouble_.kill_after) killed_ = true;
      if (killed_) return actions.clear();
      tell(event);
      if (event.body.is<StepReused>()) ++chain_.reused_;
      if (event.body.is<StepStart>()) note_start(event);
      if (const auto* output = event.body.get_if<StepOutput>()) keep(event, *output);
    }
    for (auto& task : actions.start) launch(task);
    for (const auto& timer : actions.timers)
      if (reactor_.slots().slot(timer.ref).state == StepState::RetryWait)
        next_.push_back([this, timer](Actions& more) {
          reactor_.on_timer(timer.ref, timer.attempt, {}, more);
        });
    actions.clear();
  }

  void note_start(const Event& event) {
    ++chain_.executed_;
    EXPECT_TRUE(started_.emplace(event.step, event.attempt).second)
        << event.step << " begins the same attempt twice";
  }

  static std::string name_of(const RunId& run, const std::string& step, const std::string& key) {
    return run.to_string() + " " + step + " " + key;
  }

  /// The engine makes the items of a join itself, out of values that others keep.
  void keep(const Event& event, const StepOutput& output) {
    if (chain_.joins_.contains(op_of_step(event.step))) return;
    const auto name = name_of(run_, event.step, output.mapping_key);
    const auto value = given_.at(event.step + " " + output.mapping_key);
    chain_.truth_[name] = value;
    if (chance(chain_.random_, trouble_.lost)) return;
    chain_.store_[name] = Value::make(Payload{.size = 8, .content = value});
    Event stored = event;
    stored.body = HandledOutput{.output = output.output,
                                .mapping_key = output.mapping_key,
                                .manager = "test",
                                .object = name,
                                .bytes = 8};
    chain_.history_.apply(stored);
  }

  std::uint64_t read(const Value& value) {
    const auto* source = StoredSource::of(value);
    if (source == nullptr) return value ? value.as<Payload>().content : 1;
    Store store(chain_.store_);
    const auto loaded =
        source->load(store, testing::FakeClock(), [](const StoredValue&, Micros) {});
    EXPECT_TRUE(loaded.ok()) << "a value that was planned to be there is not";
    return loaded.ok() ? loaded->as<Payload>().content : 2;
  }

  void launch(const StepTask& task) {
    auto content = hash_of(task.key);
    for (const auto& input : task.inputs) {
      content = mix(content, input.parts.size());
      for (const auto& part : input.parts) content = mix(content, read(part));
    }
    const auto& output = plan_.steps[task.ref.step].op->outputs[0];
    const auto fails = chance(chain_.random_, trouble_.failures);
    std::vector<std::uint64_t> items(output.dynamic ? content % 4 : 0);
    std::iota(items.begin(), items.end(), 0);
    if (fails && output.dynamic) {  // some of these, some others, in any order
      items.resize(items.size() + below(chain_.random_, 3));
      std::iota(items.begin(), items.end(), 0);
      std::ranges::shuffle(items, chain_.random_);
      items.resize(below(chain_.random_, items.size() + 1));
    }
    yield_next(task, content, std::move(items), 0, fails);
  }

  void yield_next(const StepTask& task, std::uint64_t content, std::vector<std::uint64_t> items,
                  std::size_t at, bool fails) {
    if (at == items.size()) {
      next_.push_back(
          [this, task, content, fails](Actions& actions) { end(task, content, fails, actions); });
      return;
    }
    next_.push_back([this, task, content, items = std::move(items), at, fails](Actions& actions) {
      const auto item = items[at];
      const auto key = "k" + std::to_string(item);
      const auto value = mix(content, item);
      given_[task.key + " " + key] = value;
      EXPECT_TRUE(reactor_
                      .on_yield(task.ref, 0, key, Value::make(Payload{.size = 8, .content = value}),
                                {}, actions)
                      .ok());
      yield_next(task, content, items, at + 1, fails);
    });
  }

  void end(const StepTask& task, std::uint64_t content, bool fails, Actions& actions) {
    StepResult result;
    result.outputs.resize(1);
    if (fails) {
      result.status = make_error(ErrorCode::UserFailure, "it broke");
    } else if (content % 11 == 0) {
      result.status = Skip("its content says so");
    } else if (!plan_.steps[task.ref.step].op->outputs[0].dynamic && content % 13 != 0) {
      result.outputs[0] = Value::make(Payload{.size = 8, .content = content});
      given_[task.key + " "] = content;
    }
    reactor_.on_ended(task.ref, task.attempt, std::move(result), {}, actions);
  }

  class Store final : public ValueStore {
   public:
    explicit Store(const std::map<std::string, Value>& kept) : kept_(kept) {}
    Result<StoredValue> save(const ValueKey&, const Value&) override {
      return make_error(ErrorCode::Internal, "not asked for");
    }
    Result<Value> load(const StoredValue& stored, const ValueType&) override {
      const auto found = kept_.find(stored.object);
      if (found == kept_.end()) return make_error(ErrorCode::NotFound, stored.object + " is gone");
      return found->second;
    }
    bool has(const StoredValue& stored, const ValueType&) override {
      return kept_.contains(stored.object);
    }
    Status remove(const StoredValue&) override { return {}; }
    Status verify(const StoredValue&) override { return {}; }
    bool is_file(const StoredValue&) const override { return true; }
    Result<std::vector<ValueFile>> files(const RunId&) override { return std::vector<ValueFile>(); }

   private:
    const std::map<std::string, Value>& kept_;
  };

  RunChain& chain_;
  Trouble trouble_;
  const RunPlan& plan_;
  bool resumes_;
  RunId run_;
  Reactor reactor_;
  std::vector<std::function<void(Actions&)>> next_;
  std::map<std::string, std::uint64_t> given_;
  std::set<std::pair<std::string, std::int32_t>> started_;
  std::uint64_t events_ = 0;
  bool killed_ = false;
};

bool RunChain::run(const Trouble& trouble, bool resume) {
  RunRequest request{.job = "random"};
  if (runs_ == 0) {
    const auto plan = plan_run(definitions_, request);
    return Execution(*this, *plan, trouble).run();
  }
  // values disappear between runs, too
  std::erase_if(store_, [&](const auto&) { return chance(random_, trouble.lost / 4); });
  const KnownRun known{history_,
                       [this](const StoredValue& stored, const ValueType&) {
                         return store_.contains(stored.object);
                       },
                       "", "before"};
  if (resume && killed_) {
    const auto plan = plan_resumption(definitions_, request, known);
    EXPECT_TRUE(plan.ok()) << plan.error().to_string();
    return plan.ok() && Execution(*this, *plan, trouble, true).run();
  }
  const auto planned = plan_reexecution(definitions_, {std::move(request)}, known);
  if (!planned.ok()) {
    EXPECT_EQ(planned.error().kind, "nothing_to_run") << planned.error().to_string();
    return true;
  }
  return Execution(*this, planned->plan, trouble).run();
}

Outcome RunChain::outcome() const {
  Outcome outcome;
  for (const auto& [key, step] : history_.steps()) {
    if (step.superseded || parts_.contains(op_of_step(key))) continue;
    std::string text = step.state == KnownState::Succeeded ? "succeeded" : "did not run";
    if (!is_finished(step.state)) text = "unfinished";
    for (const auto& output : step.outputs) {
      if (joins_.contains(op_of_step(key))) continue;  // its items are those of its sides
      const auto value = [&](const std::string& item) {
        const auto found = truth_.find(step.run.to_string() + " " + key + " " + item);
        return found == truth_.end() ? std::string("?") : std::to_string(found->second);
      };
      if (output.given && output.items.empty()) text += " " + value("");
      if (step.state != KnownState::Succeeded) continue;  // without a manifest: of all attempts
      for (const auto& item : output.items) text += " " + item.key;
    }
    outcome[key] = text;
  }
  return outcome;
}

}  // namespace penstock::sim

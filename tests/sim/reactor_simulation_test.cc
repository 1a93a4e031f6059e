// Random jobs, run by the real reactor with a simulated clock and workers, from a seed.
//
// A seed decides the graph (nested dynamic outputs, maps, collects, values shared between scopes),
// how long each attempt takes and how it ends. After every call the properties that users rely on
// are checked; a failing seed is printed and replays the same run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <queue>
#include <random>
#include <set>

#include "penstock/event/run_record.h"
#include "penstock/model/graph_builder.h"
#include "penstock/plan/run_plan.h"
#include "penstock/run/reactor.h"

namespace penstock {
namespace {

using Random = std::mt19937_64;

std::uint64_t below(Random& random, std::uint64_t n) { return random() % n; }
bool chance(Random& random, double p) {
  return std::uniform_real_distribution<double>(0, 1)(random) < p;
}

/// An output that further nodes may be connected to.
struct Handle {
  SourceDef source;
  int depth = 0;
};

/// Makes a random sound graph by the rules that the typed builder enforces.
class RandomGraph {
 public:
  explicit RandomGraph(Random& random) : random_(random), graph_(std::make_shared<GraphDef>()) {
    graph_->name = "random";
    const auto nodes = 3 + below(random, 12);
    for (std::uint64_t i = 0; i < nodes; ++i) add_node();
  }

  Definitions definitions() const {
    auto job = std::make_shared<JobDef>();
    job->name = "random";
    job->graph = graph_;
    Definitions::Parts parts;
    parts.jobs.push_back(job);
    return Definitions(std::move(parts));
  }

 private:
  void add_node() {
    NodeDef node;
    auto op = std::make_shared<OpDef>();
    op->name = node.name = "n" + std::to_string(graph_->nodes.size());
    int depth = 0;
    const auto mapped = pick([](const Handle& handle) { return handle.depth > 0; });
    if (mapped && chance(random_, 0.6)) {
      node.mapped = true;
      node.inputs.push_back(mapped->source);
      depth = mapped->depth;
    }
    for (auto more = below(random_, 3); more > 0; --more)
      if (const auto value = pick([](const Handle& handle) { return handle.depth == 0; }))
        node.inputs.push_back(value->source);
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      op->inputs.push_back({"in" + std::to_string(i), &value_type_of<int>(), true});
    const bool dynamic = depth < 3 && chance(random_, 0.35);
    op->outputs.push_back({"result", &value_type_of<int>(), false, dynamic, false});
    op->retry.max_retries = std::int32_t(below(random_, 3));
    op->retry.delay = Micros(std::int64_t(below(random_, 50)));
    op->trigger = TriggerRule(below(random_, 10) < 6 ? 0 : below(random_, 5));
    op->priority = std::int32_t(below(random_, 3));
    op->cpu = chance(random_, 0.1) ? 2 : 1;
    op->memory = [bytes = below(random_, 60)](std::span<const Value>) { return bytes; };
    node.op = op;
    graph_->nodes.push_back(std::move(node));
    const SourceDef out{SourceDef::Kind::Output, std::uint32_t(graph_->nodes.size() - 1), 0};
    offer({out, depth + int(dynamic)});
  }

  void offer(Handle handle) {
    handles_.push_back(handle);
    while (handle.depth > 0 && chance(random_, 0.6)) {  // gather it, perhaps several times
      SourceDef all{SourceDef::Kind::Collect, 0, 0, {handle.source}};
      all.gather = &detail::gather_vector<int>;
      handle = {all, handle.depth - 1};
      // a collected value may be read, but it is a vector: it is not collected once more
      if (handle.depth == 0) handles_.push_back(handle);
      break;
    }
  }

  template <class Wanted>
  std::optional<Handle> pick(Wanted wanted) {
    std::vector<Handle> fitting;
    for (const auto& handle : handles_)
      if (wanted(handle)) fitting.push_back(handle);
    if (fitting.empty()) return {};
    return fitting[below(random_, fitting.size())];
  }

  Random& random_;
  std::shared_ptr<GraphDef> graph_;
  std::vector<Handle> handles_;
};

/// Workers, clock and log of one simulated run.
class Simulation {
 public:
  Simulation(std::uint64_t seed, bool cancel)
      : random_(seed),
        definitions_(RandomGraph(random_).definitions()),
        plan_(plan()),
        limits_{std::int32_t(2 + below(random_, 4)), 100, false, seed},
        reactor_(plan_, RunId::make(Time(), 1, 1), limits_) {
    if (cancel) cancel_at_ = std::int64_t(below(random_, 400));
    tell(RunStarting{});
    tell(RunStart{});
  }

  void run() {
    Actions actions;
    reactor_.start(now_, actions);
    take(actions);
    int steps = 0;
    while (!reactor_.finished()) {
      ASSERT_LT(++steps, 200'000) << "the run does not end";
      ASSERT_FALSE(happenings_.empty()) << "nothing happens and the run has not ended";
      step();
    }
    check_end();
  }

  const std::vector<std::string>& trace() const { return trace_; }

 private:
  struct Happening {
    Time at;
    std::uint64_t order;
    enum class Kind { Yield, End, Timer } kind;
    StepRef ref;
    std::int32_t attempt;
    int item;
    bool operator>(const Happening& other) const {
      return std::tie(at, order) > std::tie(other.at, other.order);
    }
  };

  RunPlan plan() {
    RunRequest request;
    request.job = "random";
    auto planned = plan_run(definitions_, request);
    PENSTOCK_CHECK(planned.ok(), planned.ok() ? "" : planned.error().to_string());
    return std::move(*planned);
  }

  void tell(EventBody body) {
    Event event;
    event.run = RunId::make(Time(), 1, 1);
    event.body = std::move(body);
    PENSTOCK_CHECK(fold(record_, event).ok(), "a run begins");
  }

  void step() {
    const auto next = happenings_.top();
    Actions actions;
    if (cancel_at_ >= 0 && next.at.time_since_epoch().count() >= cancel_at_) {
      cancel_at_ = -1;
      reactor_.on_cancel("test", now_, actions);
      return take(actions);
    }
    happenings_.pop();
    now_ = std::max(now_, next.at);
    switch (next.kind) {
      case Happening::Kind::Yield: {
        auto status = reactor_.on_yield(next.ref, 0, "k" + std::to_string(next.item),
                                        Value::make(next.item), now_, actions);
        EXPECT_TRUE(status.ok()) << status.error().to_string();
        break;
      }
      case Happening::Kind::End:
        end(next, actions);
        break;
      case Happening::Kind::Timer:
        reactor_.on_timer(next.ref, next.attempt, now_, actions);
        break;
    }
    take(actions);
  }

  void end(const Happening& next, Actions& actions) {
    live_.erase(next.ref);
    StepResult result;
    const auto& op = *plan_.steps[next.ref.step].op;
    result.outputs.resize(op.outputs.size());
    const double fate = std::uniform_real_distribution<double>(0, 1)(random_);
    if (fate < 0.08)
      result.status = make_error(ErrorCode::UserFailure, "failed");
    else if (fate < 0.10)
      result.status = skip("skipped");
    else if (fate < 0.95 && !op.outputs[0].dynamic)
      result.outputs[0] = Value::make(1);
    if (chance(random_, 0.05))  // a duplicate of a message from an older attempt changes nothing
      reactor_.on_ended(next.ref, next.attempt + 7, {}, now_, actions);
    reactor_.on_ended(next.ref, next.attempt, std::move(result), now_, actions);
  }

  void take(Actions& actions) {
    for (auto& event : actions.events) {
      trace_.push_back(std::string(event_type(event)) + " " + event.step + " " +
                       std::to_string(event.attempt));
      const auto status = fold(record_, event);
      EXPECT_TRUE(status.ok()) << status.error().to_string();
    }
    for (auto& task : actions.start) launch(task);
    for (const auto& timer : actions.timers)
      happenings_.push({timer.at, order_++, Happening::Kind::Timer, timer.ref, timer.attempt, 0});
    check_limits();
    actions.clear();
  }

  void launch(const StepTask& task) {
    EXPECT_TRUE(live_.insert(task.ref).second) << task.key << " has two live attempts";
    check_inputs(task);
    const auto& op = *plan_.steps[task.ref.step].op;
    Time at = now_ + Micros(std::int64_t(below(random_, 20)));
    if (op.outputs[0].dynamic) {
      const auto items = int(below(random_, 5));
      for (int item = 0; item < items; ++item) {
        happenings_.push({at, order_++, Happening::Kind::Yield, task.ref, task.attempt, item});
        at += Micros(std::int64_t(below(random_, 10)));
      }
    }
    happenings_.push({at, order_++, Happening::Kind::End, task.ref, task.attempt, 0});
  }

  /// Inputs before readers: every source of a step that starts has ended, and of one that ran by
  /// the default rule every value is there.
  void check_inputs(const StepTask& task) {
    const auto& slots = reactor_.slots();
    const auto& step = plan_.steps[task.ref.step];
    for (const auto& incoming : slots.incoming(task.ref.step)) {
      if (incoming.kind != PlannedReader::Kind::Same) continue;
      EXPECT_TRUE(is_ended(slots.slot({incoming.source.step, task.ref.copy}).state)) << task.key;
    }
    if (step.trigger != TriggerRule::AllSuccess) return;
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      if (step.inputs[i].kind != PlannedInput::Kind::One) continue;
      EXPECT_TRUE(bool(task.inputs[i].parts[0])) << task.key << " starts without input " << i;
    }
  }

  void check_limits() {
    std::int32_t used = 0;
    for (const auto ref : live_) used += plan_.steps[ref.step].op->cpu;
    EXPECT_LE(used, limits_.slots);
    EXPECT_EQ(reactor_.running(), std::int32_t(live_.size()));
  }

  void check_end() {
    const auto& counts = reactor_.counts();
    EXPECT_EQ(counts.running, 0);
    EXPECT_EQ(reactor_.reserved_bytes(), 0u);
    if (reactor_.status() == RunStatus::Canceled) return;
    EXPECT_EQ(reactor_.held_bytes(), 0u) << "a value outlives its last reader";
    std::int64_t slots = 0;
    for (std::uint32_t i = 0; i < plan_.steps.size(); ++i) {
      const auto scope = plan_.steps[i].scope;
      EXPECT_TRUE(scope == 0 || reactor_.slots().copies(i) == items_in(scope))
          << "items of a dynamic output were lost";
      for (std::uint32_t copy = 0; copy < reactor_.slots().copies(i); ++copy) {
        EXPECT_TRUE(is_ended(reactor_.slots().slot({i, copy}).state)) << plan_.steps[i].path;
        ++slots;
      }
    }
    EXPECT_EQ(counts.ended(), slots);
    EXPECT_EQ(record_.steps, counts) << "the fold of the events differs from the reactor's state";
    EXPECT_EQ(reactor_.status() == RunStatus::Success, counts.failed == 0);
  }

  std::uint32_t items_in(std::uint32_t scope) {
    std::uint32_t most = 0;
    for (const auto step : reactor_.slots().templates(scope))
      most = std::max(most, reactor_.slots().copies(step));
    return most;
  }

  Random random_;
  Definitions definitions_;
  RunPlan plan_;
  RunLimits limits_;
  Reactor reactor_;
  Time now_{};
  std::int64_t cancel_at_ = -1;
  std::uint64_t order_ = 0;
  std::priority_queue<Happening, std::vector<Happening>, std::greater<>> happenings_;
  std::set<StepRef> live_;
  std::vector<std::string> trace_;
  RunRecord record_;
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// PENSTOCK_SIM_FIRST and PENSTOCK_SIM_SEEDS widen this to a campaign: see `make sim`.
TEST(ReactorSimulation, KeepsItsPromisesForEverySeed) {
  const auto first = number_from("PENSTOCK_SIM_FIRST", 1);
  const auto seeds = number_from("PENSTOCK_SIM_SEEDS", 500);
  std::size_t events = 0;
  for (auto seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation simulation(seed, seed % 5 == 0);
    simulation.run();
    events += simulation.trace().size();
    if (seed % 10 == 0) {
      Simulation again(seed, seed % 5 == 0);
      again.run();
      EXPECT_EQ(again.trace(), simulation.trace()) << "the same seed gives another run";
    }
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "replay with PENSTOCK_SIM_FIRST=" << seed << " PENSTOCK_SIM_SEEDS=1";
      return;
    }
  }
  EXPECT_GT(events, 10 * seeds) << "the simulated runs did nothing";
}

}  // namespace
}  // namespace penstock

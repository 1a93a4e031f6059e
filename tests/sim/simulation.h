// One run of the real reactor with a simulated clock and simulated workers, all from a seed.
//
// After every call the promises that users rely on are checked. A promise that is not kept is a
// failure of the test that runs the simulation.
#pragma once

#include <cstdint>
#include <map>
#include <queue>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/event/attempt_fence.h"
#include "penstock/event/run_record.h"
#include "penstock/plan/run_plan.h"
#include "penstock/run/reactor.h"
#include "tests/sim/random_graph.h"

namespace penstock::sim {

/// How often each promise was checked.
using Tally = std::map<std::string_view, std::uint64_t>;

/// What may go wrong in a simulated run.
struct Weather {
  bool cancel = false;      ///< somebody cancels it, at a random moment
  bool kill = false;        ///< its process is killed, at a random moment
  bool failures = true;     ///< attempts fail, skip themselves, give nothing
  bool losses = true;       ///< workers are never heard of again, or long after they were given up
  bool duplicates = true;   ///< messages come twice, and from older attempts
  std::uint64_t items = 5;  ///< fewer than so many per dynamic output
};

/// Whether an event says that a step may have more items under way than it was allowed.
inline bool is_note_of_bound(const Event& event) {
  const auto* note = event.body.get_if<EngineEvent>();
  return note != nullptr && note->text.starts_with("more than ");
}

/// Runs one seed.
class Simulation {
 public:
  Simulation(Random random, const Definitions& definitions, Weather weather, Tally& tally);

  /// Run to the end.
  void run();
  /// Every event, in order.
  const std::vector<std::string>& trace() const { return trace_; }

 private:
  struct Happening {
    Instant at;
    std::uint64_t order;
    enum class Kind : std::uint8_t { Yield, End, Lost, Timer, Hooks } kind;
    StepRef ref;
    std::int32_t attempt;
    int item;
    bool operator>(const Happening& other) const {
      return std::tie(at, order) > std::tie(other.at, other.order);
    }
  };
  /// A step as its events tell.
  struct Told {
    StepState state = StepState::Waiting;
    std::int32_t attempts = 0;
    bool ended = false;
  };
  struct Teller;

  /// The wall clock goes back all the time: nothing may depend on it.
  Moment now() const { return {Time(Micros() - now_.time_since_epoch()), now_}; }
  void promise(std::string_view what, bool kept, const std::string& detail = {});
  RunPlan plan(const Definitions& definitions);
  void add_pools(RunPlan& plan);
  void add_hooks(RunPlan& plan);
  void tell(EventBody body);
  void record(Event event);
  void step();
  void happen(const Happening& next, Actions& actions);
  void end(const Happening& next, Actions& actions);
  void lose(const Happening& next, Actions& actions);
  StepResult result_of(const Happening& next);
  void fail(StepResult& result);
  void take(Actions& actions);
  void take_event(const Event& event);
  void launch(const StepTask& task);
  void stop(StepRef ref);
  void yield(const Happening& next, Actions& actions);
  void resume(StepRef ref);
  bool waits(const Happening& next) const;
  void check_bound(StepRef ref, const Actions& actions);
  void check_gathered(const StepTask& task);
  void schedule(Instant at, Happening::Kind kind, StepRef ref, std::int32_t attempt, int item = 0);
  void check_order(const StepTask& task);
  std::vector<std::string> order_of(std::uint32_t scope, std::uint32_t parent);
  std::string key_of(StepRef ref) const;
  void check_inputs(const StepTask& task);
  void check_limits(bool started);
  struct Use;
  void add_use(StepRef leader, Use& use) const;
  Use use() const;
  void check_waiting();
  void check_ready_are_queued();
  void check_hooks();
  void check_final();
  void check_chain();
  void check_end();
  void check_recovery();
  void check_replay();
  void check_told();
  void check_complete();
  std::uint32_t items_in(std::uint32_t scope) const;

  Random random_;
  Weather weather_;
  Tally& tally_;
  RunPlan plan_;
  RunLimits limits_;
  Reactor reactor_;
  bool is_chain_;
  Instant now_;
  std::int64_t cancel_at_ = -1;
  int kill_at_ = -1;  // after so many happenings
  bool canceled_ = false;  // or out of time
  std::uint64_t order_ = 0;
  std::priority_queue<Happening, std::vector<Happening>, std::greater<>> happenings_;
  std::map<StepRef, std::int32_t> live_;               // attempts that run
  std::map<StepRef, bool> stopping_;                   // asked to stop
  std::set<StepRef> hooking_;                          // whose hooks are being called
  std::map<std::pair<StepRef, HookDef::When>, int> hooks_called_;
  std::map<StepRef, std::vector<Happening>> waiting_;  // what comes once they may yield on
  std::set<std::string> noted_;                        // steps that were allowed more items
  std::map<StepRef, std::uint64_t> leaves_;            // values that a reducing step combines
  std::map<StepRef, std::vector<std::string>> reduced_;  // keys of the items that it combines
  std::map<StepRef, std::vector<std::string>> given_;  // keys that the last attempt gave, in order
  std::map<std::string, Told> told_;
  std::vector<std::string> trace_;
  std::vector<Event> events_;  // as the log has them
  RunRecord record_;
  AttemptFence fence_;
};

/// Folds what events tell of a step, knowing nothing of the reactor.
struct Simulation::Teller {
  Simulation& simulation;
  const Event& event;
  Told& told;

  void operator()(const StepStart&) {
    simulation.promise("attempts are counted one by one", event.attempt == told.attempts,
                       event.step);
    simulation.promise("nothing starts after a cancel", !simulation.canceled_, event.step);
    simulation.promise("nothing starts after its end", !told.ended, event.step);
    ++told.attempts;
    told.state = StepState::Running;
  }
  void operator()(const StepUpForRetry&) {
    told.ended = false;
    told.state = StepState::RetryWait;
  }
  void operator()(const StepSuccess&) { end(StepState::Success); }
  void operator()(const StepFailure&) { end(StepState::Failed); }
  void operator()(const StepSkipped&) { end(StepState::Skipped); }
  void operator()(const StepUpstreamFailed&) { end(StepState::UpstreamFailed); }
  void operator()(const StepCanceled&) { end(StepState::Canceled); }
  template <class Body>
  void operator()(const Body&) {}

  void end(StepState state) {
    simulation.promise("a step ends once", !told.ended, event.step);
    told.ended = true;
    told.state = state;
  }
};

}  // namespace penstock::sim

#include "penstock/run/execute_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>
#include <thread>
#include <tuple>

#include "penstock/base/machine.h"
#include "penstock/base/narrow.h"
#include "penstock/base/shortage.h"
#include "penstock/base/text.h"
#include "penstock/event/managed_files.h"
#include "penstock/event/outgoing_event.h"
#include "penstock/run/exit_guard.h"
#include "penstock/run/load_inputs.h"
#include "penstock/run/reactor.h"
#include "penstock/run/run_needs.h"
#include "penstock/run/run_recorder.h"
#include "penstock/run/step_executors.h"
#include "penstock/run/step_folder.h"
#include "penstock/run/step_runner.h"
#include "penstock/run/stream_set.h"
#include "penstock/run/thread_group.h"
#include "penstock/run/value_keeper.h"

namespace penstock {
namespace {

/// Runs one plan: a reactor under a lock, and the threads that work for it.
class RunEngine final : public StepPorts {
 public:
  RunEngine(const RunPlan& plan, EventLog& log, const Clock& clock, const RunOptions& options,
            const Zygote* zygote, StepCosts costs)
      : plan_(plan),
        log_(log),
        clock_(clock),
        options_(options),
        recorder_(plan, log, clock, options),
        asked_jobs_(wanted_jobs(options.executor, options.jobs)),
        jobs_(jobs_that_fit(asked_jobs_, zygote != nullptr)),
        reactor_(plan, recorder_.run(),
                 {{jobs_, options.executor == ExecutorKind::Inline, options.memory},
                  options.keep_values,
                  options.seed != 0 ? options.seed : recorder_.run().low(),
                  options.values != nullptr,
                  options.order.value_or(plan.order)},
                 std::move(costs)),
        executors_(
            plan, recorder_.run(), options.executor, zygote, options.processes, recorder_.logs(),
            {clock, *this, [this](EventBody body) { record_run(std::move(body)); }, options.home}),
        folder_(options.home, recorder_.run()),
        keeper_(
            plan, recorder_.run(), options.values, clock,
            {[this](EventBody body) { record_run(std::move(body)); },
             [this](const StepTask& task, std::optional<std::uint32_t> port,
                    std::vector<HandledOutput> handled) {
               return announce(task, port, std::move(handled));
             },
             [this] { return confirm(); },
             [this](const std::filesystem::path& folder) { return settle_folder(log_, folder); }}) {
  }

  Result<RunReport> execute() {
    started_ = clock_.instant();
    // The monotonic clock of an earlier process may be that of an earlier start of the machine.
    if (options_.resume) before_ = std::max(clock_.now() - options_.resume->created, Micros());
    if (options_.resume) PENSTOCK_TRY(recall_files());
    begin_run();
    PENSTOCK_TRY(recorder_.sync());  // no work before the run is known
    if (!options_.resume || !options_.resume->started)
      record_run(RunStart{std::int64_t(std::ranges::count_if(
          plan_.steps, [](const PlannedStep& step) { return step.scope == 0; }))});
    run_steps();
    {
      Lock lock(mutex_);
      while (!needed_.empty()) store_needed(lock);
    }
    keeper_.close();
    executors_.close();
    folder_.end_run(reactor_.status() == RunStatus::Success || options_.home.empty());
    finish();
    PENSTOCK_TRY(recorder_.sync_end(report_));
    return std::move(report_);
  }

  void record(Event event) override {
    const std::lock_guard lock(mutex_);
    append({std::move(event)});
  }

  void show(Event event) override {
    const std::lock_guard lock(mutex_);
    recorder_.show(std::move(event));
  }

  void hold(const StepTask& task, const std::string& why) override {
    const std::lock_guard lock(mutex_);
    reactor_.on_hold(task.ref);
    if (std::exchange(told_of_hold_, true)) return;
    warn(step_is_held(task.key, why));
  }

  void go(const StepTask& task) override {
    Actions actions;
    const std::lock_guard lock(mutex_);
    reactor_.on_go(task.ref, clock_.moment(), actions);
    apply(actions, 0);
  }

  Status yield(const StepTask& task, std::uint32_t port, std::string key, Value value) override {
    auto summary = value.summary();
    if (!summary.ok()) return std::move(summary).error().within("item " + quote(key));
    auto handled = PENSTOCK_TRY(keeper_.store_item(task, port, key, value));
    Actions actions;
    Lock lock(mutex_);
    wait_for_room(lock, task, port);
    auto status = reactor_.on_yield(task.ref, port, std::move(key), std::move(value),
                                    clock_.moment(), actions, *std::move(summary));
    std::vector<HandledOutput> late;
    if (handled) late = add_handled<StepOutput>(task, {*std::move(handled)}, actions);
    apply(actions, 0);
    stop_steps(lock, actions.cancel);
    lock.unlock();
    keeper_.discard(late);
    return status;
  }

 private:
  /// The log is to name files of an attempt before they are put in their places.
  Result<bool> announce(const StepTask& task, std::optional<std::uint32_t> port,
                        std::vector<HandledOutput> handled) {
    PENSTOCK_TRY(recorder_.check_own());
    const std::lock_guard lock(mutex_);
    PENSTOCK_TRY(reactor_.check_counts(task.ref, task.attempt, clock_.moment()));
    if (port && !PENSTOCK_TRY(reactor_.wants_item(task.ref, *port, handled[0].mapping_key)))
      return false;
    std::vector<Event> events;
    for (auto& each : handled) events.push_back(recorder_.event_of(task, std::move(each)));
    append(std::move(events));
    return true;
  }

  Status confirm() {
    PENSTOCK_TRY(recorder_.sync());
    return recorder_.check_own();
  }

  using Lock = std::unique_lock<std::mutex>;

  /// A run that goes on has stored files already.
  Status recall_files() {
    return log_.read(
        {.run = recorder_.run(), .types = {"RUN_STARTING", "RUN_RESUMED", "HANDLED_OUTPUT"}},
        [this](const Event& event) {
          keeper_.recall(event);
          return true;
        });
  }

  void begin_run() {
    if (!options_.resume) return record_run(recorder_.beginning(jobs_));
    const std::lock_guard lock(mutex_);
    append(options_.resume->events);
  }

  void run_steps() {
    const std::stop_callback cancel(options_.cancel, [this] { request_stop(); });
    {
      Actions actions;
      const std::lock_guard lock(mutex_);
      if (!reactor_.finished()) {
        reactor_.start(clock_.moment(), actions);
        apply(actions, 0);
      }
    }
    if (jobs_ < asked_jobs_) {
      const std::lock_guard lock(mutex_);
      warn(too_few_files(jobs_, asked_jobs_));
    }
    if (options_.executor == ExecutorKind::Inline) return run_inline();
    Lock lock(mutex_);
    if (!add_workers(jobs_) && workers_.empty()) {
      lock.unlock();
      return work(true);
    }
    keep_time(lock);
    auto workers = std::move(workers_);
    lock.unlock();
    for (auto& worker : workers) worker.join();
  }

  /// All steps in this thread. Where there are time limits, another one keeps them.
  void run_inline() {
    const bool limited =
        plan_.max_runtime > Micros(0) ||
        std::ranges::any_of(plan_.steps, [](const auto& step) { return step.timeout > Micros(0); });
    std::vector<std::thread> timekeeper;
    const auto keep = [this] {
      Lock lock(mutex_);
      keep_time(lock);
    };
    if (!limited || !start_thread(timekeeper, keep)) return work(true);
    work(false);
    timekeeper[0].join();
  }

  /// Until the end of the run.
  void keep_time(Lock& lock) {
    while (!done_) {
      stop_if_log_is_lost(lock);
      if (!done_) wait_for_timers(lock, timers_changed_);
    }
  }

  /// Have as many workers: a thread for each slot, and for each step that waits in its thread and
  /// has given its slots back. False when there are fewer, which is told once.
  std::int32_t living_workers() const { return narrow<std::int32_t>(workers_.size()) - left_; }

  bool add_workers(std::int32_t wanted) {
    while (std::cmp_less(living_workers(), wanted))
      if (!start_thread(workers_, [this] { work(false); })) {
        if (!std::exchange(told_of_threads_, true)) warn(too_few_threads(living_workers(), wanted));
        return false;
      }
    return true;
  }

  void warn(std::string text) {
    auto event = recorder_.event_of(EngineEvent{std::move(text)});
    event.level = LogLevel::Warning;
    append({std::move(event)});
  }

  /// Before a step yields: wait while as many items as it may have are under way.
  void wait_for_room(Lock& lock, const StepTask& task, std::uint32_t port) {
    if (!reactor_.must_wait(task.ref, port)) return;
    const auto at = stops_.find(task.ref);
    if (at == stops_.end()) return;
    const auto stop = at->second.get_token();
    while (!stop.stop_requested() && reactor_.must_wait(task.ref, port)) {
      // Without a thread for those that it waits for, it would wait for ever.
      if (!add_workers(saturating_add(jobs_, reactor_.waiting() + 1))) return;
      Actions actions;
      reactor_.on_wait(task.ref, port, clock_.moment(), actions);
      apply(actions, 0);
      room_made_.wait(lock, stop, [&] { return !reactor_.is_waiting(task.ref); });
    }
  }

  void request_stop() {
    Actions actions;
    Lock lock(mutex_);
    reactor_.on_cancel("request", clock_.moment(), actions);
    apply(actions, 0);
    stop_steps(lock, actions.cancel);
  }

  /// Ask running steps to stop. What they have registered for that is called without our lock.
  void stop_steps(Lock& lock, const std::vector<StepRef>& steps) {
    if (steps.empty()) return;
    std::vector<std::stop_source> stopping;
    for (const auto ref : steps)
      if (const auto at = stops_.find(ref); at != stops_.end()) stopping.push_back(at->second);
    lock.unlock();
    for (auto& stop : stopping) stop.request_stop();
    lock.lock();
  }

  /// What a worker does; the inline executor's only thread also keeps the timers.
  void work(bool keeps_timers) {
    std::vector<Value> garbage;
    Lock lock(mutex_);
    while (!done_) {
      if (!needed_.empty()) {
        store_needed(lock);
        continue;
      }
      if (!hooks_.empty()) {
        call_hooks(lock);
        continue;
      }
      if (queue_.empty()) {
        if (!garbage.empty()) {
          lock.unlock();
          garbage.clear();
          lock.lock();
          continue;
        }
        if (surplus_ > 0 && !keeps_timers) {  // a stream unit needs the thread
          --surplus_;
          ++left_;
          return;
        }
        ++idle_;
        if (keeps_timers)
          wait_for_timers(lock, work_changed_);
        else
          work_changed_.wait(lock);
        --idle_;
        continue;
      }
      auto task = std::move(queue_.front());
      queue_.pop_front();
      if (task.partners.empty())
        perform(lock, task, garbage);
      else
        perform_unit(lock, std::move(task), garbage);
      if (keeps_timers) stop_if_log_is_lost(lock);
    }
  }

  /// Run an attempt, unless it is refused, and store what it gave.
  StepResult run_attempt(StepTask& task, const std::stop_token& stop, Status refused) {
    const RunningStep running(recorder_.run(), task.key);  // IO managers are users' code, too
    StepResult result;
    result.status = std::move(refused);
    if (result.status.ok()) result.status = std::move(task.refused);
    const LoadEnvironment environment{plan_, recorder_.run(), clock_, *this, &keeper_.stored()};
    if (result.status.ok()) result.status = load_inputs(environment, task);
    if (result.status.ok()) result = executors_.run(task, stop);
    summarize_outputs(*plan_.steps[task.ref.step].op, result);
    keeper_.store_outputs(task, result);
    read_extra(result);
    return result;
  }

  /// Run an attempt of a step, unless it is refused, and tell the reactor how it ended.
  void perform(Lock& lock, StepTask& task, std::vector<Value>& garbage, Status refused = {}) {
    const auto stop = stops_[task.ref].get_token();
    lock.unlock();
    garbage.clear();
    auto result = run_attempt(task, stop, std::move(refused));
    // Of a process that died, nobody else cleans up.
    if (!result.status.ok()) folder_.end_attempt(task.key, task.attempt, false);
    task.inputs.clear();
    if (task.streams) task.streams->ended(task.ref.step, result.status, task.key);
    auto handled = std::move(result.handled);
    lock.lock();
    stops_.erase(task.ref);
    Actions actions;
    reactor_.on_ended(task.ref, task.attempt, std::move(result), clock_.moment(), actions);
    garbage = std::move(actions.dropped);
    handled = add_handled<StepSuccess>(task, std::move(handled), actions);
    apply(actions, actions.cancel.empty() && handled.empty() && task.streams == nullptr);
    stop_steps(lock, actions.cancel);
    if (!handled.empty()) {
      lock.unlock();
      keeper_.discard(handled);
      lock.lock();
    }
  }

  /// Run steps that share streams, each in a thread: the first in this one.
  void perform_unit(Lock& lock, StepTask task, std::vector<Value>& garbage) {
    StreamSet streams(plan_, task);
    auto partners = std::exchange(task.partners, {});
    task.streams = &streams;
    using Watch = std::stop_callback<std::function<void()>>;
    const auto watch = [&](const StepTask& each) {
      return std::make_unique<Watch>(stops_[each.ref].get_token(),
                                     [&streams, key = each.key] { streams.stop(key); });
    };
    std::vector<std::unique_ptr<Watch>> watches;
    watches.push_back(watch(task));
    std::vector<std::function<void()>> works;
    for (auto& partner : partners) {
      partner.streams = &streams;
      watches.push_back(watch(partner));
      works.emplace_back([this, &partner] {
        std::vector<Value> dropped;
        Lock own(mutex_);
        perform(own, partner, dropped);
        own.unlock();
      });
    }
    ThreadGroup threads;
    lock.unlock();
    const bool has_all = threads.start(works) || wait_for_threads(task, partners, threads, works);
    lock.lock();
    Status refused;
    if (!has_all) refused = make_error(ErrorCode::Canceled, "canceled before it started");
    if (!has_all)
      for (auto& partner : partners) perform(lock, partner, garbage, refused);
    perform(lock, task, garbage, refused);
    lock.unlock();
    threads.join();
    watches.clear();
    lock.lock();
    if (left_ > 0) add_workers(jobs_);
  }

  /// False when the unit was asked to stop before the system gave it threads. Idle workers end, so
  /// that it does.
  bool wait_for_threads(const StepTask& task, const std::vector<StepTask>& partners,
                        ThreadGroup& threads, const std::vector<std::function<void()>>& works) {
    hold(task, "the machine gives no more threads");
    for (const auto& partner : partners) hold(partner, {});
    Lock lock(mutex_);
    const auto stop = stops_[task.ref].get_token();
    bool has_all = false;
    for (Pauses pauses; !has_all && !stop.stop_requested();) {
      surplus_ = narrow<std::int32_t>(std::min(partners.size(), idle_));
      work_changed_.notify_all();
      threads_left_.wait_for(lock, stop, pauses.next(), [] { return false; });
      lock.unlock();
      has_all = threads.start(works);
      lock.lock();
    }
    surplus_ = 0;
    Actions actions;
    reactor_.on_go(task.ref, clock_.moment(), actions);
    for (const auto& partner : partners) reactor_.on_go(partner.ref, clock_.moment(), actions);
    apply(actions, 0);
    return has_all;
  }

  /// Store one value that a reader needed; its memory is given back after that.
  void store_needed(Lock& lock) {
    auto needed = std::move(needed_.back());
    needed_.pop_back();
    ++aside_;
    lock.unlock();
    auto event = keeper_.store_needed(needed);
    event.time = clock_.now();
    needed.value = Value();
    lock.lock();
    --aside_;
    append({std::move(event)});
  }

  /// Call the hooks of one step, once its result is durable. They have the step's place.
  void call_hooks(Lock& lock) {
    const auto task = std::move(hooks_.front());
    hooks_.pop_front();
    ++aside_;
    lock.unlock();
    if (recorder_.sync().ok()) executors_.call_hooks(task);
    lock.lock();
    --aside_;
    Actions actions;
    reactor_.on_hooks_ended(task.ref, clock_.moment(), actions);
    apply(actions, 1);
    lock.unlock();
    actions.dropped.clear();
    lock.lock();
  }

  /// Whether anything else than a timer can happen.
  bool is_busy() const {
    return reactor_.running() > 0 || aside_ > 0 || !queue_.empty() || !hooks_.empty() ||
           !needed_.empty();
  }

  void wait_for_timers(Lock& lock, std::condition_variable& changed) {
    if (timers_.empty()) return changed.wait(lock);
    const auto first = timers_.begin();
    if (clock_.instant() < first->at) {
      if (is_busy()) return clock_.wait(lock, changed, first->at);
      return clock_.skip_to(lock, changed, first->at);
    }
    const auto timer = *first;
    timers_.erase(first);
    Actions actions;
    reactor_.on_timer(timer.ref, timer.attempt, clock_.moment(), actions);
    apply(actions, 0);
    stop_steps(lock, actions.cancel);
    lock.unlock();
    actions.dropped.clear();
    lock.lock();
  }

  /// Carry out what the reactor wants. `takers` workers will look at the queue by themselves.
  void apply(Actions& actions, std::size_t takers) {
    append(std::move(actions.events));
    std::ranges::move(actions.needed, std::back_inserter(needed_));
    for (auto& task : actions.start) {
      stops_.emplace(task.ref, std::stop_source());
      for (const auto& partner : task.partners) stops_.emplace(partner.ref, std::stop_source());
      queue_.push_back(std::move(task));
    }
    for (auto& hooks : actions.hooks) hooks_.push_back(std::move(hooks));
    for (const auto& timer : actions.timers) timers_.insert(timer);
    if (!actions.timers.empty()) timers_changed_.notify_all();
    if (!actions.resume.empty()) room_made_.notify_all();
    const auto work = queue_.size() + hooks_.size() + needed_.size();
    for (auto n = work; n > takers && idle_ > 0; --n) work_changed_.notify_one();
    if (reactor_.running() == 0) timers_changed_.notify_all();  // nothing to wait for but timers
    if (reactor_.finished() && !done_) {
      done_ = true;
      work_changed_.notify_all();
      timers_changed_.notify_all();
    }
  }

  /// Tell what was stored, together with the event of the step that makes it count: after a
  /// StepOutput, before a StepSuccess. Without that event it was in vain, and is given back.
  template <class Counts>
  std::vector<HandledOutput> add_handled(const StepTask& task, std::vector<HandledOutput> handled,
                                         Actions& actions) {
    if (handled.empty()) return handled;
    auto at = std::ranges::find_if(actions.events, [&](const Event& event) {
      return event.step == task.key && event.body.is<Counts>();
    });
    if (at == actions.events.end()) return handled;
    if (std::is_same_v<Counts, StepOutput>) ++at;
    for (auto& each : handled)
      at = std::next(actions.events.insert(at, recorder_.event_of(task, std::move(each))));
    return {};
  }

  void append(std::vector<Event> events) {
    recorder_.append(std::move(events));
    if (!recorder_.healthy()) timers_changed_.notify_all();
  }

  /// What cannot be recorded is not to be done: stop the run, once. For the thread that keeps the
  /// timers: an op's own thread must not be asked to stop from inside its call of the log.
  void stop_if_log_is_lost(Lock& lock) {
    if (recorder_.healthy() || std::exchange(log_is_lost_, true)) return;
    Actions actions;
    reactor_.on_cancel("event log", clock_.moment(), actions);
    apply(actions, 0);
    stop_steps(lock, actions.cancel);
  }

  void record_run(EventBody body) { record(recorder_.event_of(std::move(body))); }

  void finish() {
    report_.id = recorder_.run();
    report_.status = reactor_.status();
    report_.steps = reactor_.counts();
    report_.failed_steps = reactor_.failed_steps();
    for (auto& step : report_.failed_steps) mask_step_key(step, recorder_.masker());
    report_.error = reactor_.first_error();
    mask_error(report_.error, recorder_.masker());
    report_.duration = before_ + clock_.elapsed_since(started_);
    if (options_.keep_values) report_.values = reactor_.values();
    record_run(recorder_.ending(report_, reactor_));
  }

  struct EarlierTimer {
    bool operator()(const SetTimer& a, const SetTimer& b) const {
      return std::tie(a.at, a.ref, a.attempt) < std::tie(b.at, b.ref, b.attempt);
    }
  };

  const RunPlan& plan_;
  EventLog& log_;
  const Clock& clock_;
  const RunOptions& options_;
  RunRecorder recorder_;
  const std::int32_t asked_jobs_;
  const std::int32_t jobs_;  // as many of them as the system has files for
  Instant started_;
  Micros before_;  // from the start of a run to its resumption

  std::mutex mutex_;  // guards everything below but executors_
  Reactor reactor_;
  std::deque<StepTask> queue_;
  std::vector<NeededValue> needed_;  // to be stored before more is begun
  std::deque<HookTask> hooks_;
  std::map<StepRef, std::stop_source> stops_;  // of steps that are queued or running
  std::set<SetTimer, EarlierTimer> timers_;
  std::condition_variable work_changed_, timers_changed_;
  std::condition_variable_any room_made_, threads_left_;
  std::vector<std::thread> workers_;
  std::size_t idle_ = 0, aside_ = 0;  // workers that wait; that call hooks or store values
  // Workers that are to end, so that the system gives other threads, and that have done so.
  std::int32_t surplus_ = 0, left_ = 0;
  bool done_ = false, log_is_lost_ = false;
  bool told_of_threads_ = false, told_of_hold_ = false;

  StepExecutors executors_;
  const StepFolder folder_;
  ValueKeeper keeper_;
  RunReport report_;
};

}  // namespace

Result<RunReport> execute_run(const RunPlan& plan, EventLog& log, const Clock& clock,
                              const RunOptions& options) {
  PENSTOCK_TRY(check_executors(plan, options.executor));
  raise_open_files();
  const Zygote* zygote = options.zygote.get();
  std::unique_ptr<Zygote> own;
  if (zygote == nullptr && needs_processes(plan, options.executor)) {
    own = PENSTOCK_TRY(Zygote::fork_for(plan));
    zygote = own.get();
  }
  PENSTOCK_CHECK(zygote == nullptr || &zygote->plan() == &plan, "the zygote is of another plan");
  const ExitGuard guard;
  const auto history = PENSTOCK_TRY(log.op_history(plan.job));
  return RunEngine(plan, log, clock, options, zygote, learn_costs(plan, history)).execute();
}

}  // namespace penstock

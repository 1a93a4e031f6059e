#include "penstock/run/processes/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>

#include "penstock/run/processes/messages.h"
#include "penstock/run/resource_pool.h"
#include "penstock/run/step_runner.h"

namespace penstock {
namespace {

void write_proc(const char* path, std::string_view text) {
  const FileDescriptor file(::open(path, O_WRONLY | O_CLOEXEC));
  if (file && ::write(file.get(), text.data(), text.size()) < 0) return;  // it is only a help
}

/// The most memory that was resident since it was last forgotten.
std::int64_t peak_rss() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return std::int64_t(usage.ru_maxrss) * 1024;
}
void forget_peak_rss() { write_proc("/proc/self/clear_refs", "5"); }

/// What ops print is handed on before their end is told, so that it belongs to their attempt.
void flush_output() {
  std::cout.flush();  // lint: allow no-cout, the op's own output is flushed
  std::cerr.flush();  // lint: allow no-cout, the op's own output is flushed
  std::clog.flush();
  std::fflush(nullptr);
}

/// The main thread runs steps; a second one listens, so that a running step can be asked to stop.
class WorkerProcess final : public StepPorts {
 public:
  WorkerProcess(const RunPlan& plan, FileDescriptor socket)
      : plan_(plan),
        channel_(std::move(socket)),
        resources_(plan, clock_, [this](EventBody body) { record_run(std::move(body)); }) {
    // Short of memory, the system is to end a step rather than the run.
    write_proc("/proc/self/oom_score_adj", "500");
  }

  [[noreturn]] void serve() {
    start_listening();
    while (auto message = next_step()) run(*message);
    resources_.close();
    flush_output();
    ::_exit(0);  // exit handlers and static objects are the coordinator's
  }

  void record(Event event) override { tell(MessageKind::Record, event); }
  void show(Event event) override { tell(MessageKind::Show, event); }

  Status yield(const StepTask&, std::uint32_t port, std::string key, Value value) override {
    const std::lock_guard one_at_a_time(yielding_);
    MessageWriter values;
    const auto extent = PENSTOCK_TRY(values.add(value));
    PENSTOCK_TRY(
        channel_.send(MessageKind::Yield, messages::Yield{port, std::move(key), extent}, values));
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return yield_done_.has_value(); });
    auto done = std::move(*yield_done_);
    yield_done_.reset();
    return done.error ? Status(std::move(*done.error)) : Status();
  }

 private:
  void start_listening() {
    // It calls what ops have registered for a stop, so it blocks no signals: programs that are
    // started there would inherit that. The system prefers the main thread for them.
    try {
      std::thread([this] { listen(); }).detach();
    } catch (const std::system_error&) {
      ::_exit(kNoThread);
    }
    if (!channel_.send(MessageKind::Ready).ok()) ::_exit(1);
  }

  void listen() {
    for (;;) {
      auto received = channel_.receive();
      if (!received.ok() || !*received) ::_exit(1);  // nobody is there to tell
      hear(std::move(**received));
    }
  }

  void hear(Message message) {
    std::unique_lock lock(mutex_);
    if (message.kind == MessageKind::Stop) {
      auto stop = stop_;
      lock.unlock();  // what the op has registered for it is called here
      stop.request_stop();
    } else if (message.kind == MessageKind::YieldDone) {
      yield_done_ = *message.as<messages::YieldDone>();
    } else if (message.kind == MessageKind::Hello) {
      auto hello = *message.as<messages::Hello>();
      run_ = *RunId::parse(hello.run);
      home_ = std::move(hello.home);
    } else {
      waiting_ = std::move(message);
      stop_ = std::stop_source();
    }
    changed_.notify_all();
  }

  /// Nothing when the coordinator wants no more.
  std::optional<Message> next_step() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.has_value(); });
    auto message = std::exchange(waiting_, std::nullopt);
    if (message->kind == MessageKind::Quit) return {};
    return message;
  }

  void run(const Message& message) {
    std::stop_token stop;
    {
      const std::lock_guard lock(mutex_);
      stop = stop_.get_token();
    }
    forget_peak_rss();
    auto result = attempt(message, std::move(stop));
    result.peak_rss = peak_rss();
    flush_output();
    send(result);
  }

  StepResult attempt(const Message& message, std::stop_token stop) {
    StepResult result;
    auto task = read_task(message);
    if (!task.ok()) {
      result.status = std::move(task).error().within("a worker process");
      return result;
    }
    const StepEnvironment environment{plan_, run_, clock_, resources_, *this, home_};
    return run_step(environment, *task, output_, std::move(stop));
  }

  Result<StepTask> read_task(const Message& message) const {
    auto wanted = PENSTOCK_TRY(message.as<messages::RunStep>());
    const auto& op = *plan_.steps[wanted.step].op;
    StepTask task;
    task.ref = {wanted.step, wanted.copy};
    task.attempt = wanted.attempt;
    task.key = std::move(wanted.key);
    task.map_keys = std::move(wanted.map_keys);
    for (std::size_t i = 0; i < op.inputs.size(); ++i)
      task.inputs.push_back({{PENSTOCK_TRY(message.value(wanted.inputs[i], *op.inputs[i].type))}});
    return task;
  }

  void send(const StepResult& result) const {
    MessageWriter values;
    auto ended = messages::pack(result, values);
    Status sent;
    if (ended.ok()) {
      sent = channel_.send(MessageKind::Ended, *ended, values);
    } else {
      messages::Ended failed;
      failed.error = std::move(ended).error().within("its outputs");
      failed.cpu_us = result.cpu.count();
      failed.peak_rss = result.peak_rss;
      sent = channel_.send(MessageKind::Ended, failed);
    }
    if (!sent.ok()) ::_exit(1);
  }

  void tell(MessageKind kind, const Event& event) const {
    if (!channel_.send(kind, messages::tell(event)).ok()) ::_exit(1);
  }

  void record_run(EventBody body) const {
    Event event;
    if (body.is<ResourceInitFailure>()) event.level = LogLevel::Error;
    event.body = std::move(body);
    tell(MessageKind::RecordRun, event);
  }

  const RunPlan& plan_;
  const SystemClock clock_;
  Channel channel_;
  ResourcePool resources_;
  RunId run_;
  std::filesystem::path home_;
  ProcessOutput output_;

  std::mutex yielding_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<Message> waiting_;
  std::optional<messages::YieldDone> yield_done_;
  std::stop_source stop_;
};

}  // namespace

void serve_as_worker(const RunPlan& plan, FileDescriptor socket) {
  WorkerProcess(plan, std::move(socket)).serve();
}

}  // namespace penstock

// The coordinator's side of one worker process.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

#include "penstock/run/processes/channel.h"
#include "penstock/run/processes/memory_watch.h"
#include "penstock/run/processes/messages.h"
#include "penstock/run/processes/process_options.h"
#include "penstock/run/processes/worker_death.h"
#include "penstock/run/processes/zygote.h"
#include "penstock/run/step_runner.h"

namespace penstock {

/// Where what a worker tells goes. All of it is called by the thread that drives the worker.
struct WorkerPorts {
  const Clock& clock;
  StepPorts& steps;
  std::function<void(EventBody)> record_run;
  std::filesystem::path home = {};  ///< see StepEnvironment
};

/// A worker process. One thread at a time drives it; the process ends with this object.
class Worker {
 public:
  /// Have one forked for a run, that can run steps. WorkerLost when the zygote has ended; an error
  /// of kind kShortage when the system gives no more processes, threads or files now.
  static Result<std::unique_ptr<Worker>> start(const Zygote& zygote, RunId run,
                                               const ProcessOptions& options,
                                               const std::filesystem::path& home, bool capture);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// Run an attempt in it and wait for its end. When the process does not survive, that is the
  /// result, and the worker is not alive() any more. What it writes goes to `output`, if captured.
  StepResult run(StepTask& task, std::stop_token stop, std::uint64_t memory_limit,
                 const WorkerPorts& ports, OutputSink& output);
  /// Close its resources and end it; killed when that takes longer than the grace.
  void quit(const WorkerPorts& ports);

  /// False once it is known that the process has ended.
  bool alive();
  pid_t pid() const { return pid_; }
  std::int32_t served() const { return served_; }

 private:
  class Drive;
  Worker(WorkerLink link, const RunPlan& plan, RunId run, const ProcessOptions& options);
  Status begin(const Zygote& zygote, const std::filesystem::path& home);
  Status await_ready();
  Status send_task(StepTask& task) const;
  void send_signal(int signal) const;
  /// Take the report of its end, if there is one.
  bool read_report();

  const RunPlan& plan_;
  const RunId run_;
  const ProcessOptions& options_;
  Channel channel_;
  FileDescriptor reports_, out_, err_;
  FileDescriptor process_, wake_, timer_;
  pid_t pid_ = 0;
  std::int32_t served_ = 0;
  bool ended_ = false;
  WorkerEnd end_;
  std::optional<MemoryWatch> memory_;
  std::int64_t memory_kills_ = 0;
};

}  // namespace penstock

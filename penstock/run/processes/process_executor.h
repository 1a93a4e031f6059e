// The executor `processes`: each attempt runs in a worker process, one attempt at a time.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "penstock/run/logs/captured_stream.h"
#include "penstock/run/processes/worker.h"
#include "penstock/run/step_executor.h"

namespace penstock {

/// Keeps as many workers as attempts ran at the same time, and replaces those that die, and the
/// zygote when it does.
class ProcessExecutor final : public StepExecutor {
 public:
  /// Everything must outlive it.
  ProcessExecutor(const Zygote& zygote, RunId run, const ProcessOptions& options,
                  const LogOptions& logs, WorkerPorts ports);

  StepResult run(StepTask& task, std::stop_token stop) override;
  void close() override;

 private:
  Result<std::unique_ptr<Worker>> take_worker(const StepTask& task, const std::stop_token& stop);
  Result<std::unique_ptr<Worker>> wait_for_worker(const std::stop_token& stop);
  Result<std::unique_ptr<Worker>> start_worker();
  /// The zygote to ask; another one when `lost` was it.
  Result<const Zygote*> zygote_instead_of(const Zygote* lost);
  std::unique_ptr<Worker> take_idle();
  void give_back(std::unique_ptr<Worker> worker);
  Result<std::uint64_t> memory_limit(const StepTask& task) const;
  void record(const StepTask& task, LogLevel level, EventBody body) const;

  const RunPlan& plan_;
  const RunId run_;
  const ProcessOptions& options_;
  const LogOptions& logs_;
  const WorkerPorts ports_;
  std::mutex mutex_;
  const Zygote* zygote_;  // the one that forks
  std::vector<std::unique_ptr<Zygote>> replacements_;
  std::vector<std::unique_ptr<Worker>> idle_;  // latest used last
  std::condition_variable_any changed_;        // a worker is idle
};

}  // namespace penstock

// The zygote: a small process with one thread, forked before the run has threads, open files or
// much memory, which forks worker processes when asked. A fork of it is cheap however much the
// coordinator holds by then, and finds no lock that a thread of another held.
//
//   coordinator ──asks──> zygote ──forks──> worker, worker, …
//        │                  └──reports what became of each
//        └──────────── one socket per worker ─────────────┘
//
// What was resolved before the fork is there in every worker: functions, definitions, the plan and
// its decoded configs, secrets among them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>

#include "penstock/base/file_descriptor.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// What the zygote tells of a worker: first that it began, later how it ended.
struct WorkerReport {
  pid_t pid = 0;              ///< 0: it could not be forked, `error` says why
  int error = 0;              ///< errno
  int status = 0;             ///< as wait() gives it
  std::int64_t peak_rss = 0;  ///< bytes
};

/// The coordinator's ends of what connects it to a new worker.
struct WorkerLink {
  FileDescriptor socket;    ///< messages: see channel.h
  FileDescriptor reports;   ///< WorkerReport; at its end without one, the zygote is gone
  FileDescriptor out, err;  ///< what the worker writes to its standard output and error
};

/// Owns the zygote of one plan: it and all its workers end with this.
class Zygote {
 public:
  /// Fork it. To be called before anything else of a run, while there is one thread, or no other
  /// that matters. The plan must stay where it is: workers find it at the same address.
  static Result<std::unique_ptr<Zygote>> fork_for(const RunPlan& plan);
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;
  ~Zygote();

  /// Ask for a worker. With `capture`, its standard output and error come here, otherwise they are
  /// the program's. Its first report says whether it began. Thread-safe.
  Result<WorkerLink> fork_worker(bool capture) const;
  /// Whether its process has not ended.
  bool alive() const;

  const RunPlan& plan() const { return plan_; }
  pid_t pid() const { return pid_; }

 private:
  Zygote(const RunPlan& plan, pid_t pid, FileDescriptor requests)
      : plan_(plan), pid_(pid), requests_(std::move(requests)) {}
  const RunPlan& plan_;
  pid_t pid_;
  FileDescriptor requests_;
};

/// The zygote itself: serves requests until their end, then ends all workers and itself. `parent`
/// is the coordinator.
[[noreturn]] void serve_as_zygote(const RunPlan& plan, FileDescriptor requests, pid_t parent);

}  // namespace penstock

// Running a plan from the command line: with its options, its display, its report, and once more
// when it is to be tried again.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "penstock/cli/command.h"
#include "penstock/cli/settings.h"
#include "penstock/run/execute_run.h"

namespace penstock {

/// The options of commands that run steps in this process.
std::vector<OptionSpec> launch_options();

struct ProgressView;

/// One launch: what commands that run a plan share.
class Launch {
 public:
  /// To be made before anything that starts threads, so that none of them is interrupted instead.
  /// Errors: Config, of the options.
  static Result<Launch> begin(CommandContext& context);

  /// Get ready for a plan that was made without the log: processes that its steps need are forked
  /// before there are threads. It must be the plan that is run.
  Status prepare(const RunPlan& plan);
  /// Open the log, and look after the runs whose process is gone:
  /// those that are to be resumed are run to their end first, the others are recorded as lost.
  /// `create` makes a home that is not there; otherwise that is NotFound.
  Status open(const Definitions& definitions, bool create);
  /// Open the log and nothing else.
  Status open_log(bool create);
  EventLog& log() { return *log_; }
  /// Where values are kept; null when nowhere.
  ValueStore* values() { return values_.get(); }
  const RunOptions& options() const { return options_; }

  /// Plans the next try of a run that failed.
  using Replan = std::function<Result<RunPlan>(const RunRecord& failed)>;
  /// What the settings say.
  const Settings& settings() const { return settings_->values; }
  /// Run a plan to its end, show and report it. A run that fails is tried again as its tags
  /// `penstock/max_retries` and `penstock/retry_strategy` say, else the settings, when there is a
  /// `replan`. With --json the report is of the last of these runs and names the others.
  Result<ExitCode> run(const RunPlan& plan, const Replan& replan = {});
  /// Go on with a run whose process was lost. Conflict when another process does; Refused when the
  /// run began in another folder, or, unless it is asked `by_hand`, when going on is in vain.
  Result<ExitCode> resume(const Definitions& definitions, const RunRecord& run, bool by_hand);

 private:
  /// A run that goes on, and with what.
  struct Resumption {
    ResumedRun run;
    ExecutorKind executor = ExecutorKind::Threads;
    std::shared_ptr<const Zygote> zygote = {};
  };
  ExecutorKind executor_to_resume(const RunRecord& run, bool by_hand) const;

  explicit Launch(CommandContext& context) : context_(&context) {}
  Result<RunReport> run_once(const RunPlan& plan, std::optional<Resumption> resumption = {});
  Status leave_or_record(RunRecord run, const Error& why);
  Status forget_superseded(const std::string& parent_run);
  Status free_oldest_values();
  bool is_worth_retrying(const RunReport& report) const;
  void report(const ProgressView& view, const RunReport& report);
  void print_json_report(const std::vector<RunId>& earlier) const;

  CommandContext* context_;
  std::unique_ptr<InterruptWatch> interrupts_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<ValueStore> values_;
  std::shared_ptr<const LoadedSettings> settings_;
  RunOptions options_;
  RetryOn retry_on_ = RetryOn::Any;
  std::optional<LogLevel> console_level_;    // as the command line says
  bool only_infrastructure_failed_ = false;  // in the last run
  bool reports_ = true;
  std::shared_ptr<Json> json_report_;  // of the last run, with --json
  std::shared_ptr<const Zygote> zygote_;
  const RunPlan* zygote_plan_ = nullptr;  // that it was forked for
};

}  // namespace penstock

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/launch_config.h"
#include "penstock/cli/launch_request.h"
#include "penstock/cli/lost_runs.h"
#include "penstock/cli/progress_display.h"
#include "penstock/plan/check_executors.h"
#include "penstock/run/execute_run.h"
#include "penstock/view/plan_view.h"
#include "penstock/view/run_text.h"
#include "penstock/view/view_json.h"

namespace penstock {
namespace {

Result<RunOptions> read_options(const CommandContext& context) {
  RunOptions options;
  options.executor = PENSTOCK_TRY(parse_executor(context.args.value("executor", "threads")));
  if (context.args.has("order"))
    options.order = PENSTOCK_TRY(parse_dispatch_order(context.args.value("order")));
  if (const auto jobs = PENSTOCK_TRY(context.args.number("jobs", 1))) {
    if (*jobs > 4096)
      return make_error(ErrorCode::Config, "--jobs: at most 4096 steps run at a time");
    options.jobs = std::int32_t(*jobs);
  }
  if (context.args.has("memory")) {
    auto bytes = parse_bytes(context.args.value("memory"));
    if (!bytes.ok()) return make_error(ErrorCode::Config, "--memory: " + bytes.error().message);
    options.memory = *bytes;
  }
  if (context.args.has("step-memory")) {
    auto bytes = parse_bytes(context.args.value("step-memory"));
    if (!bytes.ok())
      return make_error(ErrorCode::Config, "--step-memory: " + bytes.error().message);
    options.processes.step_memory = *bytes;
  }
  if (const auto steps = PENSTOCK_TRY(context.args.number("recycle-after", 1)))
    options.processes.recycle_after = std::int32_t(std::min<std::int64_t>(*steps, INT32_MAX));
  if (context.args.has("grace")) {
    auto grace = parse_duration(context.args.value("grace"));
    if (!grace.ok()) return make_error(ErrorCode::Config, "--grace: " + grace.error().message);
    options.processes.grace = *grace;
  }
  options.logs.home = context.global.home;
  options.build_id = context.services.build_id;
  return options;
}

// What the command line leaves open, the config may say.
Status apply_execution(const CommandContext& context, const ExecutionChoice& choice,
                       RunOptions& options) {
  if (!context.args.has("executor") && !choice.executor.empty())
    options.executor = PENSTOCK_TRY(parse_executor(choice.executor));
  if (!context.args.has("jobs") && choice.max_concurrent)
    options.jobs = std::int32_t(*choice.max_concurrent);
  if (!context.args.has("memory") && choice.memory) options.memory = std::uint64_t(*choice.memory);
  return {};
}

Result<RunPlan> make_plan(CommandContext& context) {
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  const auto job = PENSTOCK_TRY(definitions.find_job(context.args.value("JOB")));
  auto tags = PENSTOCK_TRY(read_tags(context));
  if (context.args.has("max-runtime")) tags[kMaxRuntimeTag] = context.args.value("max-runtime");
  auto launch = PENSTOCK_TRY(read_launch_config(context, definitions, *job));
  for (const auto& warning : launch.warnings) context.warn(warning);
  if (!launch.problems.empty()) return config_error(launch.problems);
  RunRequest request{job->name, std::move(launch.document), std::move(tags)};
  if (context.args.has("keep")) {
    auto keep = parse_keep(context.args.value("keep"));
    if (!keep.ok()) return make_error(ErrorCode::Config, "--keep: " + keep.error().message);
    request.keep = *keep;
  }
  request.pools = PENSTOCK_TRY(read_pools(context));
  return plan_run(definitions, request, context.services.environment);
}

DisplayMode mode_of(const CommandContext& context) {
  if (context.global.json || context.global.quiet) return DisplayMode::Silent;
  return context.services.terminal.is_terminal ? DisplayMode::Live : DisplayMode::Lines;
}

ExitCode exit_code_of(RunStatus status) {
  if (status == RunStatus::Success) return ExitCode::Done;
  return status == RunStatus::Canceled ? ExitCode::Interrupted : ExitCode::Failed;
}

std::string stop_notice(const Services& services) {
  return fmt::format("stopping: steps that run are asked to end; {} again to exit at once",
                     services.terminal.is_terminal ? "Ctrl-C" : "interrupt");
}

void print_report(const CommandContext& context, const ProgressView& view,
                  const RunReport& report) {
  if (context.global.json) {
    context.print_json(run_report_json(view));
    return;
  }
  if (!context.global.quiet) context.print("\n");
  context.print(report_text(view, context.global.style));
  context.print("run " + report.id.to_string() + "\n");
  context.hint(fmt::format("{} run show {}", context.services.program, report.id.short_text()));
}

ExitCode show_plan(const CommandContext& context, const RunPlan& plan) {
  if (context.global.json)
    context.print_json(plan_view_json(plan));
  else
    context.print(plan_text(plan, context.global.style));
  return ExitCode::Done;
}

Result<ExitCode> run(CommandContext& context) {
  // Before anything that starts threads, so that none of them is interrupted instead. The thread
  // that waits for interrupts is started by token().
  const auto interrupts = context.services.watch_interrupts();
  auto options = PENSTOCK_TRY(read_options(context));
  const auto plan = PENSTOCK_TRY(make_plan(context));
  PENSTOCK_TRY(apply_execution(context, plan.execution, options));
  if (context.args.has("dry-run")) return show_plan(context, plan);
  if (needs_processes(plan, options.executor)) {
    PENSTOCK_TRY(check_executors(plan, options.executor));
    options.zygote = PENSTOCK_TRY(Zygote::fork_for(plan));
  }
  const auto log = PENSTOCK_TRY(context.services.open_log(context.global.home, true));
  PENSTOCK_TRY(recover_lost_runs(context, *log));

  const auto mode = mode_of(context);
  std::map<std::string, OpHistory> history;
  if (mode == DisplayMode::Live) history = PENSTOCK_TRY(log->op_history(plan.job));
  ProgressDisplay display(context.services, mode, context.global.style, shape_of(plan),
                          std::move(history));
  const std::stop_callback tell(interrupts->token(),
                                [&] { display.notice(stop_notice(context.services)); });
  options.cancel = interrupts->token();
  const auto values = context.services.open_values(context.global.home);
  options.values = values.get();
  options.home = context.global.home;
  options.observer = [&](const Event& event) { display.on_event(event); };
  auto report = execute_run(plan, *log, *context.services.clock, options);
  display.finish();
  if (!report.ok()) return std::move(report).error();
  print_report(context, display.view(), *report);
  return exit_code_of(report->status);
}

}  // namespace

CommandSpec job_run_command() {
  CommandSpec command{.name = "job run",
                      .summary = "run a job now, in this process",
                      .details =
                          "The config is checked as a whole first: with any problem nothing "
                          "is run.\nCtrl-C asks the run to stop; a second one exits at once.",
                      .arguments = {{"JOB", "name of the job; 'job list' shows all"}},
                      .options = launch_config_options(),
                      .examples = {"job run etl --config scope.yaml --set ops.load.config.limit=3",
                                   "job run etl --jobs 2 --memory 2GiB --tags reason=test",
                                   "job run etl --config scope.yaml --dry-run"},
                      .run = run};
  command.options.insert(
      command.options.end(),
      {{"--executor", "NAME",
        "threads (default), processes: each step in one of its own, or inline: one after another"},
       {"--order", "NAME",
        "depth_first, or breadth_first: every item takes a step before any the next"},
       {"-j,--jobs", "N", "steps at a time; default: one per core"},
       {"--memory", "SIZE", "memory budget for running steps, such as 2GiB; default: none"},
       {"--keep", "none|failed|all", "what is kept of values; default: as the job says"},
       {"--step-memory", "SIZE", "what one step may take in processes; default: what its op says"},
       {"--grace", "TIME", "in processes: from asking a step to stop to killing it; default: 10s"},
       {"--recycle-after", "N", "in processes: a fresh one after N steps; default: never"},
       {"--max-runtime", "D", "stop the run after so long, such as 90s or 2h; default: the job's"},
       {"--dry-run", "", "show what would run and why, and run nothing"}});
  const auto more = launch_request_options();
  command.options.insert(command.options.end() - 1, more.begin(), more.end());
  return command;
}

}  // namespace penstock

#include "penstock/cli/launch.h"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "penstock/base/narrow.h"
#include "penstock/base/process.h"
#include "penstock/base/text.h"
#include "penstock/cli/lost_runs.h"
#include "penstock/cli/progress_display.h"
#include "penstock/cli/replan.h"
#include "penstock/cli/resume_plan.h"
#include "penstock/cli/value_sweep.h"
#include "penstock/plan/check_executors.h"
#include "penstock/view/run_text.h"
#include "penstock/view/view_json.h"

namespace penstock {
namespace {

RunOptions options_of(const Settings& settings) {
  RunOptions options;
  const auto& executor = settings.executor;
  options.executor = *executor.kind;
  options.jobs = value_of(executor.jobs).value_or(0);
  options.memory = std::uint64_t(value_of(executor.memory).value_or(Bytes{}).count);
  options.processes.step_memory =
      std::uint64_t(value_of(executor.step_memory).value_or(Bytes{}).count);
  options.processes.recycle_after = value_of(executor.recycle_after).value_or(0);
  options.processes.grace = *executor.grace;
  options.logs.limit = std::uint64_t(settings.logs.max_bytes->count);
  return options;
}

// What the command line says goes before the settings.
Result<RunOptions> read_options(const CommandContext& context, const Settings& settings) {
  auto options = options_of(settings);
  if (context.args.has("executor"))
    options.executor = PENSTOCK_TRY(parse_executor(context.args.value("executor")));
  if (context.args.has("order"))
    options.order = PENSTOCK_TRY(parse_dispatch_order(context.args.value("order")));
  if (const auto jobs = PENSTOCK_TRY(context.args.number("jobs", 1))) {
    if (*jobs > kMostJobs)
      return make_error(ErrorCode::Config,
                        fmt::format("--jobs: at most {} steps run at a time", kMostJobs));
    options.jobs = narrow<std::int32_t>(*jobs);
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
    options.processes.recycle_after = saturate<std::int32_t>(*steps);
  if (context.args.has("grace"))
    options.processes.grace = PENSTOCK_TRY(context.args.duration("grace"));
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
    options.jobs = narrow<std::int32_t>(*choice.max_concurrent);
  if (!context.args.has("memory") && choice.memory) options.memory = std::uint64_t(*choice.memory);
  return {};
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
  if (!context.global.quiet) context.print("\n");
  context.print(report_text(view, context.global.style));
  context.print("run " + report.id.to_string() + "\n");
  context.hint(fmt::format("{} run show {}", context.called(), report.id.short_text()));
  if (report.status != RunStatus::Success)
    context.hint(fmt::format("{} run reexecute {}   runs what is left of it", context.called(),
                             report.id.short_text()));
}

/// A whole number of a tag.
Result<std::int64_t> number_of(const Tags& tags, const std::string& key, std::int64_t otherwise) {
  const auto tag = tags.find(key);
  if (tag == tags.end()) return otherwise;
  std::int64_t value = -1;
  const auto* end = tag->second.data() + tag->second.size();
  const auto [last, error] = std::from_chars(tag->second.data(), end, value);
  if (error != std::errc() || last != end || value < 0 || value > 100)
    return make_error(ErrorCode::Config,
                      fmt::format("tag {}={} is no number from 0 to 100", key, quote(tag->second)));
  return value;
}

RunResumed resumed_here(const RunPlan& plan) {
  RunResumed resumed;
  resumed.kept =
      std::ranges::count_if(plan.reused, [](const auto& each) { return each.second.told; });
  resumed.pid = ::getpid();
  resumed.host = host_name();
  resumed.process = process_birth(resumed.pid).value_or("");
  std::error_code ignored;
  resumed.folder = std::filesystem::current_path(ignored).string();
  return resumed;
}

std::string isolation_notice(const Isolation& isolation) {
  const auto& steps = isolation.isolated;
  if (steps.empty()) return {};
  if (isolation.all)
    return "; any step of it may have ended it, so all that can have processes of their own now";
  const auto named = quote(*steps.begin());
  if (steps.size() == 1)
    return fmt::format("; step {} may have ended it and has a process of its own now", named);
  return fmt::format("; {} and the other {} may have ended it and have processes of their own now",
                     named, format_count(steps.size() - 1));
}

/// Forked before the plan's run has begun; null when no step needs a process.
Result<std::shared_ptr<const Zygote>> zygote_of(const RunPlan& plan, ExecutorKind run) {
  if (!needs_processes(plan, run)) return std::shared_ptr<const Zygote>();
  PENSTOCK_TRY(check_executors(plan, run));
  return std::shared_ptr<const Zygote>(PENSTOCK_TRY(Zygote::fork_for(plan)));
}

}  // namespace

std::vector<OptionSpec> launch_options() {
  return {
      {"--executor", "NAME",
       "threads (default), processes: each step in one of its own, or inline: one after "
       "another",
       false, "threads|processes|inline"},
      {"--order", "NAME",
       "depth_first, or breadth_first: every item takes a step before any the next", false,
       "depth_first|breadth_first"},
      {"-j,--jobs", "N", "steps at a time; default: one per core"},
      {"--memory", "SIZE", "memory budget for running steps, such as 2GiB; default: none"},
      {"--step-memory", "SIZE", "what one step may take in processes; default: what its op says"},
      {"--grace", "TIME", "in processes: from asking a step to stop to killing it; default: 10s"},
      {"--recycle-after", "N", "in processes: a fresh one after N steps; default: never"},
      {"--retry-on", "WHAT",
       "which failures --tags penstock/max_retries=N is for: any (default), or infrastructure: "
       "not those of ops",
       false, "any|infrastructure"},
      {"--log-level", "LEVEL",
       "show messages of this level and worse while the run goes on; default: warning", false,
       "debug|info|warning|error|critical"}};
}

Result<Launch> Launch::begin(CommandContext& context) {
  Launch launch(context);
  launch.interrupts_ = context.services.watch_interrupts();
  launch.settings_ = PENSTOCK_TRY(context.settings());
  launch.options_ = PENSTOCK_TRY(read_options(context, launch.settings()));
  launch.retry_on_ = *launch.settings().retries.on;
  if (context.args.has("retry-on")) {
    auto on = parse_retry_on(context.args.value("retry-on"));
    if (!on.ok()) return make_error(ErrorCode::Config, "--retry-on: " + on.error().message);
    launch.retry_on_ = *on;
  }
  if (context.args.has("log-level")) {
    auto level = parse_log_level(context.args.value("log-level"));
    if (!level.ok()) return make_error(ErrorCode::Config, "--log-level " + level.error().message);
    launch.console_level_ = *level;
  }
  return launch;
}

Status Launch::prepare(const RunPlan& plan) {
  PENSTOCK_TRY(apply_execution(*context_, plan.execution, options_));
  zygote_ = PENSTOCK_TRY(zygote_of(plan, options_.executor));
  if (zygote_) zygote_plan_ = &plan;
  return {};
}

Status Launch::open_log(bool create) {
  log_ = PENSTOCK_TRY(context_->services.open_log(context_->global.home, create));
  if (context_->services.open_values)
    values_ = context_->services.open_values(context_->global.home);
  return {};
}

Status Launch::open(const Definitions& definitions, bool create) {
  PENSTOCK_TRY(open_log(create));
  const auto resumable = PENSTOCK_TRY(recover_lost_runs(*context_, *log_));
  for (const auto& run : resumable) {
    reports_ = !context_->global.json;  // that is about the run that was asked for
    const auto resumed = resume(definitions, run, /*by_hand=*/false);
    reports_ = true;
    if (!resumed.ok()) PENSTOCK_TRY(leave_or_record(run, resumed.error()));
  }
  return {};
}

/// What becomes of a run that was to be resumed by itself and was not.
Status Launch::leave_or_record(RunRecord run, const Error& why) {
  if (why.kind == kInVain) return record_as_lost(*context_, *log_, std::move(run), why.message);
  const auto text = run.id.short_text();
  if (why.kind == kOtherFolder) {
    context_->warn(fmt::format(
        "run {} of {} lost its process and is left as it is: {} and call {} run resume {} there",
        text, run.job, why.message, context_->called(), text));
    return {};
  }
  context_->warn(fmt::format("run {} of {} was not resumed: {}", text, run.job, why.to_string()));
  if (why.code == ErrorCode::Conflict) return {};  // another process goes on with it
  return record_as_lost(*context_, *log_, PENSTOCK_TRY(log_->find_run(run.id.to_string())));
}

/// That of the run, unless somebody who resumes it says otherwise.
ExecutorKind Launch::executor_to_resume(const RunRecord& run, bool by_hand) const {
  if (by_hand && context_->args.has("executor")) return options_.executor;
  const auto recorded = parse_executor(run.executor);
  return recorded.ok() ? *recorded : options_.executor;
}

Result<ExitCode> Launch::resume(const Definitions& definitions, const RunRecord& run,
                                bool by_hand) {
  const auto lost = PENSTOCK_TRY(LostRun::read(*log_, run));
  PENSTOCK_TRY(check_folder(lost));
  PENSTOCK_TRY(settle_unfinished_files(*log_, lost));  // planning looks at what is in its place
  auto plan = PENSTOCK_TRY(plan_rest(*context_, definitions, *log_, values_.get(), run));
  const auto executor = executor_to_resume(run, by_hand);
  Isolation isolation;
  if (!by_hand || !context_->args.has("executor"))
    isolation = isolate_suspects(plan, lost, executor);
  if (!by_hand) PENSTOCK_TRY(check_hope(lost, isolation));
  const auto now = context_->services.clock->now();
  const auto zygote = PENSTOCK_TRY(zygote_of(plan, executor));
  PENSTOCK_TRY(claim_run(*log_, lost.claim(now, resumed_here(plan))));
  context_->warn(fmt::format("run {} of {} goes on: {}{}", run.id.short_text(), run.job,
                             lost.explanation(), isolation_notice(isolation)));
  ResumedRun resume{.id = run.id,
                    .fence = saturating_add<std::int64_t>(run.fence, 1),
                    .started = run.status != RunStatus::Starting,
                    .created = run.created,
                    .events = lost.restart(now, {plan.attempts, std::move(isolation.isolated)})};
  const auto report = PENSTOCK_TRY(run_once(plan, Resumption{std::move(resume), executor, zygote}));
  print_json_report({});
  return exit_code_of(report.status);
}

Result<RunReport> Launch::run_once(const RunPlan& plan, std::optional<Resumption> resumption) {
  const auto mode = mode_of(*context_);
  std::map<std::string, OpHistory> history;
  if (mode == DisplayMode::Live) history = PENSTOCK_TRY(log_->op_history(plan.job));
  const auto least =
      console_level_.value_or(plan.console_level.value_or(*settings().logs.console_level));
  ProgressDisplay display(context_->services, {mode, least, context_->global.style}, shape_of(plan),
                          std::move(history));
  const auto token = interrupts_->token();
  const std::stop_callback tell(token, [&] { display.notice(stop_notice(context_->services)); });
  if (resumption)
    PENSTOCK_TRY(log_->read({.run = resumption->run.id}, [&](const Event& event) {
      display.take_in(event);
      return true;
    }));
  auto options = options_;
  if (zygote_plan_ == &plan) options.zygote = zygote_;
  if (resumption) {
    options.resume = std::move(resumption->run);
    options.executor = resumption->executor;
    options.zygote = std::move(resumption->zygote);
  }
  options.cancel = token;
  options.values = values_.get();
  options.home = context_->global.home;
  options.observer = [&](const Event& event) { display.on_event(event); };
  auto report = PENSTOCK_TRY(execute_run(plan, *log_, *context_->services.clock, options));
  display.finish();
  only_infrastructure_failed_ =
      std::ranges::none_of(display.view().failures, [](const FailureView& failure) {
        return failure.failure_class == "user" || failure.failure_class == "timeout";
      });
  if (report.status == RunStatus::Success && !plan.parent_run.empty() && values_)
    PENSTOCK_TRY(forget_superseded(plan.parent_run));
  if (reports_) this->report(display.view(), report);
  return report;
}

void Launch::report(const ProgressView& view, const RunReport& report) {
  if (context_->global.json)
    json_report_ = std::make_shared<Json>(run_report_json(view));
  else
    print_report(*context_, view, report);
}

/// One document, however often the job was tried.
void Launch::print_json_report(const std::vector<RunId>& earlier) const {
  if (!context_->global.json || !reports_) return;
  auto json = *json_report_;
  json["earlier_runs"] = Json::array();
  for (const auto& run : earlier) json["earlier_runs"].push_back(run.to_string());
  context_->print_json(json);
}

/// What earlier runs kept so that this one could be.
Status Launch::forget_superseded(const std::string& parent_run) {
  const auto swept = PENSTOCK_TRY(find_superseded(*log_, *values_, parent_run));
  return delete_swept(*log_, *values_, swept, context_->services.clock->now());
}

/// As the settings limit what is stored.
Status Launch::free_oldest_values() {
  const auto most = value_of(settings().intermediates.max_bytes);
  if (!most || !values_) return {};
  const SweepRules rules{.failed_ttl = *settings().intermediates.failed_ttl,
                         .max_bytes = std::uint64_t(most->count)};
  const auto now = context_->services.clock->now();
  const auto swept = PENSTOCK_TRY(find_swept_values(*log_, *values_, rules, now));
  return delete_swept(*log_, *values_, swept, now);
}

bool Launch::is_worth_retrying(const RunReport& report) const {
  if (report.status != RunStatus::Failure) return false;
  return retry_on_ == RetryOn::Any || only_infrastructure_failed_;
}

Result<ExitCode> Launch::run(const RunPlan& first, const Replan& replan) {
  const auto retries =
      PENSTOCK_TRY(number_of(first.tags, "penstock/max_retries", *settings().retries.max_retries));
  auto done = PENSTOCK_TRY(number_of(first.tags, "penstock/retry_number", 0));
  PENSTOCK_TRY(apply_execution(*context_, first.execution, options_));
  PENSTOCK_TRY(check_executors(first, options_.executor));
  auto report = PENSTOCK_TRY(run_once(first));
  std::vector<RunId> earlier;
  while (replan && done < retries && is_worth_retrying(report)) {
    ++done;
    earlier.push_back(report.id);
    context_->warn(fmt::format("run {} failed; it is tried again, {} of {} times",
                               report.id.short_text(), done, retries));
    const auto failed = PENSTOCK_TRY(log_->find_run(report.id.to_string()));
    auto plan = PENSTOCK_TRY(replan(failed));
    PENSTOCK_TRY(check_executors(plan, options_.executor));
    plan.tags["penstock/retry_number"] = std::to_string(done);
    report = PENSTOCK_TRY(run_once(plan));
  }
  if (auto freed = free_oldest_values(); !freed.ok())
    context_->warn("stored values were not freed: " + freed.error().to_string());
  print_json_report(earlier);
  return exit_code_of(report.status);
}

}  // namespace penstock

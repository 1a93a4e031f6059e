#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/launch.h"
#include "penstock/cli/launch_config.h"
#include "penstock/cli/launch_request.h"
#include "penstock/cli/replan.h"
#include "penstock/view/text_table.h"

namespace penstock {
namespace {

Json plan_view(const RunRecord& run, const ReexecutionPlan& planned) {
  Json json{{"schema", "reexecution_plan.v1"},   {"job", planned.plan.job},
            {"parent_run", run.id.to_string()},  {"root_run", planned.plan.root_run},
            {"strategy", planned.plan.strategy}, {"reused", planned.reused},
            {"notices", planned.notices}};
  json["steps"] = Json::array();
  for (const auto& step : planned.plan.steps)
    json["steps"].push_back({{"step", step.path}, {"runs", !step.held}, {"reason", step.reason}});
  return json;
}

ExitCode show_reexecution_plan(const CommandContext& context, const RunRecord& run,
                               const ReexecutionPlan& planned) {
  if (context.global.json) {
    context.print_json(plan_view(run, planned));
    return ExitCode::Done;
  }
  TextTable table({{"STEP", Align::Left, true}, {"RUNS"}, {"WHY", Align::Left, true}});
  for (const auto& step : planned.plan.steps)
    table.add(
        {step.path, {step.held ? "no" : "yes", step.held ? Tone::Dim : Tone::Active}, step.reason});
  context.print(table.to_text(context.global.style));
  context.print(fmt::format("\n{} of {}, from run {}; {} steps of it are reused\n",
                            planned.plan.strategy, planned.plan.job, run.id.short_text(),
                            format_count(std::uint64_t(planned.reused))));
  return ExitCode::Done;
}

Result<ReplanChoice> read_choice(const CommandContext& context) {
  ReplanChoice choice;
  choice.selection = PENSTOCK_TRY(read_selection(context, "select"));
  choice.strategy = choice.selection.empty() ? Strategy::FromFailure : Strategy::FromSteps;
  if (context.args.has("strategy"))
    choice.strategy = PENSTOCK_TRY(parse_strategy(context.args.value("strategy")));
  choice.tags = PENSTOCK_TRY(read_tags(context));
  choice.keep = PENSTOCK_TRY(read_keep(context));
  PENSTOCK_TRY(read_limits(context, choice));
  return choice;
}

Result<ExitCode> execute_run_reexecute(CommandContext& context) {
  auto launch = PENSTOCK_TRY(Launch::begin(context));
  const auto choice = PENSTOCK_TRY(read_choice(context));
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  PENSTOCK_TRY(launch.open(definitions, /*create=*/false));
  const auto record = PENSTOCK_TRY(launch.log().find_run(context.args.value("RUN")));
  if (!is_final(record.status))
    return make_error(ErrorCode::Refused,
                      fmt::format("run {} has not ended: it is {}; wait for its end, or stop it "
                                  "with run cancel",
                                  record.id.to_string(), to_string(record.status)));
  auto planned =
      PENSTOCK_TRY(replan(context, definitions, launch.log(), launch.values(), record, choice));
  for (const auto& notice : planned.notices) context.warn(notice);
  if (context.args.has("dry-run")) return show_reexecution_plan(context, record, planned);
  return launch.run(planned.plan, [&](const RunRecord& failed) -> Result<RunPlan> {
    auto next = choice;
    next.selection.clear();
    next.strategy = PENSTOCK_TRY(retry_strategy(failed.tags, *launch.settings().retries.strategy));
    auto again =
        PENSTOCK_TRY(replan(context, definitions, launch.log(), launch.values(), failed, next));
    for (const auto& notice : again.notices) context.warn(notice);
    return std::move(again.plan);
  });
}

}  // namespace

CommandSpec run_reexecute_command() {
  CommandSpec command{
      .name = "run reexecute",
      .summary = "run a job again from what an earlier run has",
      .details =
          "A new run with the config, the tags and the --keep of the earlier one. Steps that ended "
          "well are not run again: "
          "what they gave is\nread from where that run stored it. Values that were not kept are "
          "computed again, which is said before.\nStrategies: FROM_FAILURE (what did not end "
          "well), FROM_STEPS (selected steps and all after them),\nSELECTED (selected steps only), "
          "ALL_STEPS.",
      .arguments = {{"RUN", "id of the run, or six or more characters of its beginning or end"}},
      .options = {{"--strategy", "NAME",
                   "default: from_failure; with --select: from_steps. Also: selected, all_steps",
                   false, "from_failure|from_steps|selected|all_steps"},
                  {"--select", "SELECTION", "steps, such as 'load or tag:slow', or 'load[CO]+'"},
                  {"--dry-run", "", "say what would run and why, and run nothing"}},
      .examples = {"run reexecute 3f2a91bc", "run reexecute 3f2a91bc --select 'load[CO]' --dry-run",
                   "run reexecute 3f2a91bc --set ops.load.config.limit=3"},
      .run = execute_run_reexecute};
  for (auto& option : launch_config_options()) command.options.push_back(option);
  for (auto& option : launch_options()) command.options.push_back(option);
  for (auto& option : launch_request_options()) command.options.push_back(option);
  return command;
}

}  // namespace penstock

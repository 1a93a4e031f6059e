#include <nlohmann/json.hpp>

#include "penstock/cli/commands.h"
#include "penstock/view/job_view.h"
#include "penstock/view/text_table.h"

namespace penstock {
namespace {

Result<ExitCode> execute_job_list(CommandContext& context) {
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  Json jobs = Json::array();
  TextTable table({{"JOB"}, {"OPS", Align::Right}, {"DESCRIPTION", Align::Left, true}});
  for (const auto& job : definitions.jobs()) {
    const auto ops = count_ops(*job->graph);
    jobs.push_back({{"name", job->name}, {"description", job->description}, {"ops", ops}});
    table.add({job->name, std::to_string(ops), job->description});
  }
  if (context.global.json)
    context.print_json({{"schema", "job_list.v1"}, {"jobs", std::move(jobs)}});
  else if (table.empty())
    context.hint("this program declares no jobs");
  else
    context.print(table.to_text(context.global.style));
  return ExitCode::Done;
}

}  // namespace

CommandSpec job_list_command() {
  return {.name = "job list",
          .summary = "list the jobs of this program",
          .examples = {"job list"},
          .run = execute_job_list};
}

}  // namespace penstock

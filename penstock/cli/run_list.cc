#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/view/run_text.h"
#include "penstock/view/view_json.h"

namespace penstock {
namespace {

Result<RunQuery> read_query(const CommandContext& context, EventLog& log) {
  RunQuery query{.limit = 20};
  if (context.args.has("job")) query.job = context.args.value("job");
  if (context.args.has("status"))
    query.status = PENSTOCK_TRY(parse_run_status(context.args.value("status")));
  if (const auto limit = PENSTOCK_TRY(context.args.number("limit", 1)))
    query.limit = std::size_t(*limit);
  if (context.args.has("cursor"))
    query.before = PENSTOCK_TRY(log.find_run(context.args.value("cursor"))).id;
  return query;
}

void print_runs(const CommandContext& context, const std::vector<RunRow>& rows, bool has_more) {
  if (rows.empty()) {
    context.hint(fmt::format("no runs in {}", context.global.home.string()));
    return;
  }
  context.print(run_list_text(rows, context.services.clock->now(), &CommandContext::time_text,
                              context.global.style));
  if (has_more)
    context.hint(fmt::format("there are older ones: --cursor {}", rows.back().run.id.short_text()));
}

Result<ExitCode> run(CommandContext& context) {
  const auto log = PENSTOCK_TRY(context.open_log());
  auto query = PENSTOCK_TRY(read_query(context, *log));
  ++query.limit;  // one more tells whether there are more
  auto runs = PENSTOCK_TRY(log->runs(query));
  const bool has_more = runs.size() == query.limit;
  if (has_more) runs.pop_back();
  std::vector<RunRow> rows;
  for (auto& record : runs) {
    const bool gone = context.services.is_process_gone(record);
    rows.push_back({std::move(record), gone});
  }
  if (context.global.json)
    context.print_json(run_list_json(rows, has_more));
  else
    print_runs(context, rows, has_more);
  return ExitCode::Done;
}

}  // namespace

CommandSpec run_list_command() {
  return {.name = "run list",
          .summary = "list runs, newest first",
          .options = {{"--job", "JOB", "only runs of this job"},
                      {"--status", "STATUS",
                       "only STARTING, STARTED, CANCELING, SUCCESS, FAILURE or CANCELED", false,
                       "STARTING|STARTED|CANCELING|SUCCESS|FAILURE|CANCELED"},
                      {"--limit", "N", "at most so many; default 20"},
                      {"--cursor", "RUN", "only runs older than this one"}},
          .examples = {"run list --job etl --status failure --limit 5"},
          .run = run};
}

}  // namespace penstock

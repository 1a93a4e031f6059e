#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/needed_runs.h"
#include "penstock/view/run_text.h"
#include "penstock/view/view_json.h"

namespace penstock {
namespace {

constexpr std::size_t kPage = 500;  // of runs that are looked through for tags

/// Which runs are asked for.
struct Filter {
  RunQuery query{.limit = 20};
  std::vector<std::pair<std::string, std::string>> tags = {};

  bool is_any() const { return !query.job && !query.status && !query.before && tags.empty(); }
  bool fits(const RunRecord& run) const {
    return std::ranges::all_of(tags, [&](const auto& tag) {
      const auto found = run.tags.find(tag.first);
      return found != run.tags.end() && found->second == tag.second;
    });
  }
};

Result<Filter> read_filter(const CommandContext& context) {
  Filter filter;
  if (context.args.has("job")) filter.query.job = context.args.value("job");
  if (context.args.has("status")) {
    auto status = parse_run_status(context.args.value("status"));
    if (!status.ok()) return make_error(ErrorCode::Config, "--status: " + status.error().message);
    filter.query.status = *status;
  }
  for (const auto& tag : context.args.values("tag")) {
    const auto equals = tag.find('=');
    if (equals == 0 || equals == tag.npos)
      return make_error(ErrorCode::Config,
                        "--tag " + quote(tag) + " is not KEY=VALUE, such as team=data");
    filter.tags.emplace_back(tag.substr(0, equals), tag.substr(equals + 1));
  }
  if (const auto limit = PENSTOCK_TRY(context.args.number("limit", 1)))
    filter.query.limit = std::size_t(*limit);
  return filter;
}

/// A job of which there are runs, or which the program has.
Status check_job(const CommandContext& context, EventLog& log, const std::string& job) {
  if (!PENSTOCK_TRY(log.runs({.job = job, .limit = 1})).empty()) return {};
  const auto definitions = context.services.definitions();
  if (!definitions.ok()) return {};
  std::vector<std::string> names;
  for (const auto& known : definitions->jobs()) names.push_back(known->name);
  if (std::ranges::find(names, job) != names.end()) return {};
  const auto near = closest_name(job, names);
  return make_error(ErrorCode::Config,
                    fmt::format("--job: {} is no job of this program, nor is there a run of it{}",
                                quote(job), near ? "; did you mean " + *near + "?" : ""));
}

/// A tag that no run has is named: a mistyped key would look like a job that never ran.
Status warn_of_unknown_tags(const CommandContext& context, EventLog& log, const Filter& filter) {
  std::set<std::string> keys;
  PENSTOCK_TRY(each_run(log, [&](const RunRecord& run) {
    for (const auto& [key, value] : run.tags) keys.insert(key);
    return Status();
  }));
  for (const auto& [key, value] : filter.tags) {
    if (keys.contains(key)) continue;
    const auto near = closest_name(key, std::vector(keys.begin(), keys.end()));
    context.warn(fmt::format("--tag: no run has a tag {}{}", quote(key),
                             near ? "; did you mean " + quote(*near) + "?" : ""));
  }
  return {};
}

/// As many as the limit says, if there are, and whether there are more.
Result<std::vector<RunRecord>> find_runs(EventLog& log, const Filter& filter, bool& has_more) {
  const auto wanted = filter.query.limit;
  auto query = filter.query;
  query.limit = filter.tags.empty() ? wanted + 1 : kPage;  // one more tells whether there are more
  std::vector<RunRecord> found;
  for (bool is_last = false; !is_last && found.size() <= wanted;) {
    auto page = PENSTOCK_TRY(log.runs(query));
    is_last = page.size() < query.limit;
    if (!page.empty()) query.before = page.back().id;
    for (auto& run : page)
      if (found.size() <= wanted && filter.fits(run)) found.push_back(std::move(run));
  }
  has_more = found.size() > wanted;
  if (has_more) found.pop_back();
  return found;
}

void print_runs(const CommandContext& context, const std::vector<RunRow>& rows, bool is_any,
                bool has_more) {
  if (rows.empty()) {
    context.hint(is_any ? "no runs in " + context.global.home.string()
                        : "no run in " + context.global.home.string() + " matches");
    return;
  }
  context.print(run_list_text(rows, context.services.clock->now(), &CommandContext::time_text,
                              context.global.style));
  if (has_more)
    context.hint(fmt::format("there are older ones: --cursor {}", rows.back().run.id.short_text()));
}

/// Null where the home is there and no run has made a log in it yet.
Result<std::unique_ptr<EventLog>> open_log(const CommandContext& context) {
  auto log = context.open_log();
  std::error_code ignored;
  if (!log.ok() && log.error().code == ErrorCode::NotFound &&
      std::filesystem::is_directory(context.global.home, ignored))
    return std::unique_ptr<EventLog>();
  return log;
}

Result<ExitCode> execute_run_list(CommandContext& context) {
  auto filter = PENSTOCK_TRY(read_filter(context));
  const auto log = PENSTOCK_TRY(open_log(context));
  std::vector<RunRow> rows;
  bool has_more = false;
  if (log) {
    if (filter.query.job) PENSTOCK_TRY(check_job(context, *log, *filter.query.job));
    if (context.args.has("cursor"))
      filter.query.before = PENSTOCK_TRY(log->find_run(context.args.value("cursor"))).id;
    for (auto& record : PENSTOCK_TRY(find_runs(*log, filter, has_more))) {
      const bool gone = context.services.is_process_gone(record);
      rows.push_back({std::move(record), gone});
    }
    if (rows.empty() && !filter.tags.empty())
      PENSTOCK_TRY(warn_of_unknown_tags(context, *log, filter));
  }
  if (context.global.json)
    context.print_json(run_list_json(rows, has_more));
  else
    print_runs(context, rows, filter.is_any(), has_more);
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
                      {"--tag", "KEY=VALUE", "only runs with this tag; several must all be there",
                       true},
                      {"--limit", "N", "at most so many; default 20"},
                      {"--cursor", "RUN", "only runs older than this one"}},
          .examples = {"run list --job etl --status failure --limit 5",
                       "run list --tag team=data --tag why=test"},
          .run = execute_run_list};
}

}  // namespace penstock

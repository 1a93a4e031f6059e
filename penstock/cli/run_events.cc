#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/event_lines.h"
#include "penstock/cli/known_step.h"
#include "penstock/event/event_codec.h"
#include "penstock/view/view_json.h"

namespace penstock {
namespace {

Result<std::vector<std::string>> read_types(const CommandContext& context) {
  const auto known = known_event_types();
  const std::vector<std::string> names(known.begin(), known.end());
  std::vector<std::string> types;
  for (const auto& given : context.args.values("type")) {
    types.push_back(to_upper(given));
    if (std::find(names.begin(), names.end(), types.back()) != names.end()) continue;
    std::string text = "--type " + quote(given) + " is no event type";
    if (const auto near = closest_name(types.back(), names))
      text += "; did you mean " + *near + "?";
    else
      text += ": there are " + join(names, ", ");
    return make_error(ErrorCode::Config, text);
  }
  return types;
}

Result<EventQuery> read_query(const CommandContext& context, EventLog& log) {
  const auto run = PENSTOCK_TRY(log.find_run(context.args.value("RUN")));
  EventQuery query{.run = run.id};
  if (context.args.has("step")) {
    query.step = context.args.value("step");
    PENSTOCK_TRY(check_step(log, run, *query.step));
  }
  query.types = PENSTOCK_TRY(read_types(context));
  if (const auto limit = PENSTOCK_TRY(context.args.number("limit", 1)))
    query.limit = std::size_t(*limit);
  if (const auto after = PENSTOCK_TRY(context.args.number("after", 0)))
    query.after = std::uint64_t(*after);
  return query;
}

Result<ExitCode> execute_run_events(CommandContext& context) {
  const auto log = PENSTOCK_TRY(context.open_log());
  const auto query = PENSTOCK_TRY(read_query(context, *log));
  Json events = Json::array();
  EventLines lines(context);
  auto read = log->read(query, [&](const Event& event) {
    if (context.global.json)
      events.push_back(event_json(event));
    else
      lines.print(event);
    return context.services.out->good();  // else nobody reads any more
  });
  if (!read.ok()) return read.error();
  if (context.global.json)
    context.print_json({{"schema", "run_events.v1"},
                        {"run", query.run->to_string()},
                        {"events", std::move(events)}});
  return ExitCode::Done;
}

}  // namespace

CommandSpec run_events_command() {
  return {
      .name = "run events",
      .summary = "print the events of a run",
      .arguments = {{"RUN", "id of the run, or six or more characters of its beginning or end"}},
      .options = {{"--step", "STEP", "only events of this step"},
                  {"--type", "TYPE", "only events of this type, such as STEP_FAILURE", true},
                  {"--limit", "N", "at most so many"},
                  {"--after", "SEQ", "only events with a larger number"}},
      .examples = {"run events 3f2a91bc --type step_failure"},
      .run = execute_run_events};
}

}  // namespace penstock

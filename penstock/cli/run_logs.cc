#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "penstock/base/text.h"
#include "penstock/cli/captured_lines.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/event_lines.h"
#include "penstock/cli/known_step.h"
#include "penstock/event/json_text.h"
#include "penstock/model/loggers_config.h"
#include "penstock/view/event_text.h"
#include "penstock/view/view_json.h"

namespace penstock {
namespace {

constexpr std::chrono::milliseconds kPause{200};  // between looks at a run that goes on

Result<LogLevel> read_level(const CommandContext& context) {
  const auto given = context.args.value("level");
  if (given.empty()) return LogLevel::Debug;
  auto level = parse_log_level(given);
  if (!level.ok()) return make_error(ErrorCode::Config, "--level " + level.error().message);
  return level;
}

/// Messages of ops and of the engine, and whatever went wrong.
bool is_log(const Event& event, LogLevel least) {
  return event.level >= least && (event.body.is<LogMessage>() || event.level >= LogLevel::Warning);
}

struct Reader {
  CommandContext& context;
  EventLog& log;
  EventQuery query;
  LogLevel least;
  std::string text;  // only messages that contain it
  EventLines shown{context};
  Json lines = Json::array();

  /// Show what is new since the last call.
  Status show() {
    return log.read(query, [&](const Event& event) {
      query.after = event.seq;
      if (!is_log(event, least) || !contains(event)) return true;
      if (context.global.json)
        lines.push_back(event_json(event));
      else
        shown.print(event);
      return true;
    });
  }

  /// As asked: the log has looked into whole bodies, names of fields included.
  bool contains(const Event& event) const {
    return text.empty() || event_summary(event.body).find(text) != std::string::npos;
  }
};

/// The step that was asked for, if one was, is one of the run. False for one that --follow waits
/// for.
Result<bool> find_step(const CommandContext& context, EventLog& log, const RunRecord& run) {
  if (!context.args.has("step")) return true;
  auto known = check_step(log, run, context.args.value("step"));
  if (known.ok()) return true;
  if (known.error().code != ErrorCode::NotFound || is_final(run.status) ||
      !context.args.has("follow"))
    return std::move(known).error();
  context.warn(known.error().message + "; waiting for it");
  return false;
}

/// Show what is new until the run has ended.
template <class Shown>
Result<ExitCode> follow(CommandContext& context, EventLog& log, RunRecord record, Shown& shown,
                        bool is_known) {
  const auto interrupts = context.services.watch_interrupts();
  while (!is_final(record.status) && !context.services.is_process_gone(record)) {
    if (interrupts->token().stop_requested()) return ExitCode::Interrupted;
    if (!context.services.out->flush()) return ExitCode::Done;  // nobody reads any more
    std::this_thread::sleep_for(kPause);
    record = PENSTOCK_TRY(log.find_run(record.id.to_string()));
    PENSTOCK_TRY(shown.show());
  }
  if (!is_known) PENSTOCK_TRY(check_step(log, record, context.args.value("step")));
  return ExitCode::Done;
}

Result<ExitCode> show_stream(CommandContext& context, EventLog& log, const RunRecord& record) {
  const auto stream = PENSTOCK_TRY(read_stream(context));
  if (context.args.has("level"))
    return make_error(ErrorCode::Config, "--level is of messages; what --stream shows has none");
  const bool is_known = PENSTOCK_TRY(find_step(context, log, record));
  CapturedLines lines(context, log, record.id, stream, context.args.value("step"),
                      context.args.value("grep"));
  PENSTOCK_TRY(lines.show());
  if (context.args.has("follow")) return follow(context, log, record, lines, is_known);
  if (context.global.json)
    context.print_json({{"schema", "run_output.v1"},
                        {"run", record.id.to_string()},
                        {"stream", to_string(stream)},
                        {"lines", lines.take_json()}});
  return ExitCode::Done;
}

/// A text as it stands inside the JSON of a body.
std::string inside_json(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json.substr(1, json.size() - 2);
}

Result<ExitCode> execute_run_logs(CommandContext& context) {
  const auto least = PENSTOCK_TRY(read_level(context));
  if (context.args.has("follow") && context.global.json)
    return make_error(ErrorCode::Config, "--follow has no --json: it prints lines as they come");
  const auto log = PENSTOCK_TRY(context.open_log());
  const auto record = PENSTOCK_TRY(log->find_run(context.args.value("RUN")));
  if (context.args.has("stream")) return show_stream(context, *log, record);
  const bool is_known = PENSTOCK_TRY(find_step(context, *log, record));
  Reader reader{.context = context,
                .log = *log,
                .query = {.run = record.id, .text = inside_json(context.args.value("grep"))},
                .least = least,
                .text = context.args.value("grep")};
  if (context.args.has("step")) reader.query.step = context.args.value("step");
  PENSTOCK_TRY(reader.show());
  if (context.args.has("follow")) return follow(context, *log, record, reader, is_known);
  if (context.global.json)
    context.print_json({{"schema", "run_logs.v1"},
                        {"run", record.id.to_string()},
                        {"events", std::move(reader.lines)}});
  return ExitCode::Done;
}

}  // namespace

CommandSpec run_logs_command() {
  return {
      .name = "run logs",
      .summary = "print what a run logged, and its warnings and errors",
      .details = "With --stream: what its steps wrote to their standard output or error instead.",
      .arguments = {{"RUN", "id of the run, or six or more characters of its beginning or end"}},
      .options = {{"--step", "STEP", "only of this step"},
                  {"--level", "LEVEL",
                   "this level and worse: debug, info, warning, error, critical", false,
                   "debug|info|warning|error|critical"},
                  {"--stream", "NAME", "what steps printed: stdout or stderr", false,
                   "stdout|stderr"},
                  {"--grep", "TEXT", "only what contains the text"},
                  {"-f,--follow", "", "go on while the run does"}},
      .examples = {"run logs 3f2a91bc --level warning", "run logs 3f2a91bc -f",
                   "run logs 3f2a91bc --stream stderr --step load[ID]"},
      .run = execute_run_logs};
}

}  // namespace penstock

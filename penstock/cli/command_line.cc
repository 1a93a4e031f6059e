#include "penstock/cli/command_line.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/help.h"
#include "penstock/cli/parse_arguments.h"

namespace penstock {
namespace {

Json error_json(const Error& error) {
  Json json{{"code", to_string(error.code)}, {"message", error.message}};
  if (!error.context.empty()) json["context"] = error.context;
  if (!error.kind.empty()) json["kind"] = error.kind;
  return {{"error", std::move(json)}};
}

ExitCode report(const Services& services, bool as_json, const Error& error) {
  if (as_json)
    *services.out << json_text(error_json(error));
  else if (error.message.find('\n') != std::string::npos)
    *services.err << services.program << ":\n" << indented(error.to_string(), "  ") << '\n';
  else
    *services.err << services.program << ": " << printable(error.to_string()) << '\n';
  return exit_code_of(error);
}

Result<TextStyle> choose_style(const Services& services, const std::string& when) {
  TextStyle style;
  if (services.terminal.is_terminal && services.terminal.width)
    style.width = services.terminal.width();
  if (when == "auto")
    style.color = services.terminal.color;
  else if (when == "always")
    style.color = true;
  else if (when != "never")
    return make_error(ErrorCode::Config,
                      "--color " + quote(when) + " is none of auto, always, never");
  return style;
}

Result<GlobalOptions> choose_options(const Services& services, const ParsedArguments& args) {
  GlobalOptions global;
  global.style = PENSTOCK_TRY(choose_style(services, args.value("color", "auto")));
  const auto home = services.environment("PENSTOCK_HOME");
  const bool is_variable = home && !home->empty();
  global.home = args.value("home", is_variable ? *home : ".penstock");
  global.home_from = args.has("home") ? "--home" : is_variable ? "PENSTOCK_HOME" : "default";
  global.json = args.has("json");
  global.quiet = args.has("quiet");
  return global;
}

Result<ExitCode> dispatch(const Services& services, const std::vector<std::string>& words) {
  using Kind = ParsedCommandLine::Kind;
  auto commands = all_commands();
  auto line = PENSTOCK_TRY(parse_arguments(commands, words));
  const auto global = PENSTOCK_TRY(choose_options(services, line.args));
  if (line.kind == Kind::Help) {
    *services.out << (line.command
                          ? command_help(*line.command, services.program, global.style)
                          : commands_help(commands, line.group, services.program, global.style));
    return ExitCode::Done;
  }
  const auto version = version_command();
  const auto& command = line.kind == Kind::Version ? version : *line.command;
  CommandContext context(services, global, std::move(line.args));
  return command.run(context);
}

/// A reader that has gone wanted no more, and what was asked for is done all the same.
ExitCode finish_output(const Services& services, ExitCode code) {
  services.out->flush();
  const auto error = services.output_error ? services.output_error() : std::error_code();
  if (!error || error == std::errc::broken_pipe) return code;
  *services.err << services.program << ": standard output cannot be written: " << error.message()
                << '\n';
  return code == ExitCode::Done ? ExitCode::Failed : code;
}

}  // namespace

int run_command_line(const Services& services, const std::vector<std::string>& words) {
  const auto result = dispatch(services, words);
  const bool as_json = std::find(words.begin(), words.end(), "--json") != words.end();
  const auto code = result.ok() ? *result : report(services, as_json, result.error());
  const auto status = finish_output(services, code);
  services.err->flush();
  return number_of(status);
}

}  // namespace penstock

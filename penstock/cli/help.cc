#include "penstock/cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/cli/parse_arguments.h"

namespace penstock {
namespace {

constexpr std::size_t kWidest = 34;

std::string heading(std::string_view text, const TextStyle& style) {
  return "\n" + paint(text, Tone::Strong, style) + "\n";
}

std::string entry(std::string_view name, std::string_view help, std::size_t width) {
  return fmt::format("  {:<{}}  {}\n", name, width, help);
}

std::string shown_option(const OptionSpec& option) {
  std::string text = option.names.starts_with("--") ? "    " : "";
  for (const auto& name : split(option.names, ',')) {
    if (!text.empty() && text.back() != ' ') text += ", ";
    text += name;
  }
  if (!option.value.empty()) text += " " + std::string(option.value);
  return text;
}

std::string option_list(std::span<const OptionSpec> options, std::size_t width) {
  std::string out;
  for (const auto& option : options) {
    std::string help(option.help);
    if (option.repeated) help += "; may be repeated";
    out += entry(shown_option(option), help, width);
  }
  return out;
}

std::string usage_line(const CommandSpec& command, const std::string& program) {
  std::string line = program + " " + std::string(command.name);
  for (const auto& argument : command.arguments)
    line += fmt::format(fmt::runtime(argument.required ? " {}{}" : " [{}{}]"), argument.name,
                        argument.repeated ? "..." : "");
  return line + " [options]";
}

std::string global_text(const TextStyle& style) {
  return heading("options of all commands", style) + option_list(global_options(), kWidest);
}

std::size_t option_width(const CommandSpec& command) {
  std::size_t width = 0;
  for (const auto& option : command.options)
    width = std::max(width, display_width(shown_option(option)));
  return std::clamp<std::size_t>(width, 16, kWidest);
}

// Of a group that has further names only, those.
std::vector<const CommandSpec*> shown_commands(const std::vector<CommandSpec>& commands,
                                               const std::string& group) {
  std::vector<const CommandSpec*> listed, others;
  for (const auto& command : commands)
    if (group.empty() || command.name.starts_with(group + " "))
      (command.listed ? listed : others).push_back(&command);
  return listed.empty() ? others : listed;
}

}  // namespace

std::string command_help(const CommandSpec& command, const std::string& program,
                         const TextStyle& style) {
  std::string out = fmt::format("{}\n\nusage: {}\n", command.summary, usage_line(command, program));
  if (!command.details.empty()) out += fmt::format("\n{}\n", command.details);
  if (!command.aliases.empty()) {
    const std::vector<std::string> names(command.aliases.begin(), command.aliases.end());
    out += fmt::format("\nalso: {}\n", join(names, ", "));
  }
  const std::size_t width = std::max(option_width(command), kWidest);
  if (!command.arguments.empty()) {
    out += heading("arguments", style);
    for (const auto& argument : command.arguments)
      out += entry(argument.name, argument.help, width);
  }
  if (!command.options.empty())
    out += heading("options", style) + option_list(command.options, width);
  out += global_text(style);
  if (!command.examples.empty())
    out += heading(command.examples.size() == 1 ? "example" : "examples", style);
  for (const auto& example : command.examples) out += fmt::format("  {} {}\n", program, example);
  return out;
}

std::string commands_help(const std::vector<CommandSpec>& commands, const std::string& group,
                          const std::string& program, const TextStyle& style) {
  std::string out =
      fmt::format("usage: {}{}{} COMMAND [options]\n", program, group.empty() ? "" : " ", group);
  out += heading("commands", style);
  const auto shown = shown_commands(commands, group);
  std::size_t width = 0;
  for (const auto* command : shown) width = std::max(width, command->name.size());
  std::string example;
  for (const auto* command : shown) {
    out += entry(command->name, command->summary, width);
    if (example.empty() && !command->examples.empty()) example = command->examples.front();
  }
  out += global_text(style);
  if (!example.empty())
    out += heading("example", style) + fmt::format("  {} {}\n", program, example);
  out += fmt::format("\n{} COMMAND --help tells more about a command.\n", program);
  return out;
}

}  // namespace penstock

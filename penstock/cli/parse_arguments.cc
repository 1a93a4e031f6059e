#include "penstock/cli/parse_arguments.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include "penstock/base/text.h"

namespace penstock {
namespace {

constexpr std::array kGlobalOptions = {
    OptionSpec{"--home", "DIR", "folder of the run log: else $PENSTOCK_HOME, else .penstock"},
    OptionSpec{"--json", "", "print one JSON value instead of text"},
    OptionSpec{"-q,--quiet", "", "print results and errors only: no progress, no hints"},
    OptionSpec{"--color", "WHEN", "auto, always or never", false, "auto|always|never"},
    OptionSpec{"-h,--help", "", "show this text"}};

// Where CLI11 puts the values of one option or argument.
struct Slot {
  std::string name;
  bool is_flag = false;
  bool given = false;
  std::vector<std::string> values;
};

std::string long_name(const OptionSpec& option) {
  const auto names = split(option.names, ',');
  return names.back().substr(2);
}

// One CLI11 application for one command: options of the command and those of all commands.
class CommandParser {
 public:
  explicit CommandParser(const CommandSpec& command) : command_(command) {
    app_.set_help_flag();
    for (const auto& argument : command.arguments) add_argument(argument);
    for (const auto& option : command.options) add_option(option);
    for (const auto& option : kGlobalOptions) add_option(option);
  }

  Result<ParsedCommandLine> parse(std::vector<std::string> words) {
    words = with_negative_values(words);
    std::string problem = unknown_option(words);
    std::reverse(words.begin(), words.end());  // CLI11 takes words from the back
    try {
      app_.parse(words);
    } catch (const CLI::ExtrasError&) {
      const auto extra = app_.remaining();
      if (problem.empty()) problem = "unexpected argument " + quote(extra.front());
    } catch (const CLI::ArgumentMismatch& error) {
      const std::string text = error.what();
      if (problem.empty()) problem = text.substr(0, text.find(':')) + " needs a value";
    } catch (const CLI::ParseError& error) {
      if (problem.empty()) problem = error.what();
    }
    ParsedCommandLine line{.command = &command_, .group = {}, .args = {}};
    for (const auto& slot : slots_) {
      if (slot.is_flag && slot.given) line.args.add(slot.name, "true");
      for (const auto& value : slot.values) line.args.add(slot.name, value);
    }
    if (const auto two = give_job(line.args); problem.empty()) problem = two;
    if (line.args.has("help"))
      line.kind = ParsedCommandLine::Kind::Help;
    else if (!problem.empty())
      return make_error(ErrorCode::Config, problem);
    else if (auto missing = missing_argument(line.args); !missing.empty())
      return make_error(ErrorCode::Config, missing);
    return line;
  }

 private:
  void add_argument(const ArgumentSpec& argument) {
    auto& slot = slots_.emplace_back(Slot{.name = std::string(argument.name), .values = {}});
    auto* added = app_.add_option(slot.name, slot.values);
    if (argument.repeated)
      added->expected(1, CLI::detail::expected_max_vector_size);
    else
      added->expected(1)->allow_extra_args(false);
  }
  void add_option(const OptionSpec& option) {
    auto& slot = slots_.emplace_back(
        Slot{.name = long_name(option), .is_flag = option.value.empty(), .values = {}});
    for (const auto& name : split(option.names, ',')) known_.push_back(name);
    if (slot.is_flag) {
      app_.add_flag(std::string(option.names), slot.given);
      return;
    }
    for (const auto& name : split(option.names, ',')) value_options_[name] = "--" + slot.name;
    auto* added = app_.add_option(std::string(option.names), slot.values)->expected(1);
    added->multi_option_policy(option.repeated ? CLI::MultiOptionPolicy::TakeAll
                                               : CLI::MultiOptionPolicy::TakeLast);
    added->allow_extra_args(false);
  }
  // What follows an option that takes a value is its value, also when it begins with a minus: CLI11
  // would take it for an option.
  std::vector<std::string> with_negative_values(const std::vector<std::string>& words) const {
    std::vector<std::string> joined;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "--") {
        joined.insert(joined.end(), words.begin() + std::ptrdiff_t(i), words.end());
        break;
      }
      const auto option = value_options_.find(words[i]);
      const bool is_joined =
          option != value_options_.end() && i + 1 < words.size() && is_negative(words[i + 1]);
      joined.push_back(is_joined ? option->second + "=" + words[++i] : words[i]);
    }
    return joined;
  }
  static bool is_negative(const std::string& word) {
    return word.size() > 1 && word[0] == '-' &&
           ((word[1] >= '0' && word[1] <= '9') || word[1] == '.');
  }
  // Looked for before CLI11 takes the words that follow for arguments.
  std::string unknown_option(const std::vector<std::string>& words) const {
    for (const auto& word : words) {
      if (word == "--") break;
      if (word.size() < 2 || word[0] != '-') continue;
      const auto name = word[1] == '-' ? word.substr(0, word.find('=')) : word.substr(0, 2);
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      std::string text = "unknown option " + quote(name);
      if (const auto near = closest_name(name, known_)) text += "; did you mean " + *near + "?";
      return text;
    }
    return {};
  }
  // By a further name of its command, the option --job gives the argument JOB.
  std::string give_job(ParsedArguments& args) const {
    const bool has_both = std::ranges::any_of(
        command_.options, [](const OptionSpec& option) { return option.names == "-j,--job"; });
    if (!has_both) return {};
    if (args.has("JOB") && args.has("job")) return "give the job once, with --job or without";
    if (args.has("job")) args.add("JOB", args.value("job"));
    return args.has("JOB") || args.has("help") ? "" : "JOB is missing: name it, or use --job";
  }
  std::string missing_argument(const ParsedArguments& args) const {
    for (const auto& argument : command_.arguments)
      if (argument.required && !args.has(std::string(argument.name)))
        return std::string(argument.name) + " is missing: " + std::string(argument.help);
    return {};
  }

  const CommandSpec& command_;
  CLI::App app_;
  std::deque<Slot> slots_;  // addresses must stay
  std::vector<std::string> known_;
  std::map<std::string, std::string> value_options_;  // each name to the long one
};

bool takes_value(const std::string& word) {
  for (const auto& option : kGlobalOptions)
    for (const auto& name : split(option.names, ','))
      if (name == word) return !option.value.empty();
  return false;
}

// The words that name a command, before and between global options; the rest stays in order.
struct CommandWords {
  std::vector<std::string> names;
  std::vector<std::size_t> places;
};

CommandWords leading_names(const std::vector<std::string>& words, std::size_t most) {
  CommandWords found;
  for (std::size_t i = 0; i < words.size() && found.names.size() < most; ++i) {
    if (words[i] == "--") break;
    if (words[i].starts_with("-")) {
      if (takes_value(words[i])) ++i;
      continue;
    }
    found.names.push_back(words[i]);
    found.places.push_back(i);
  }
  return found;
}

std::vector<std::string> without(const std::vector<std::string>& words,
                                 const std::vector<std::size_t>& places, std::size_t count) {
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (std::find(places.begin(), places.begin() + std::ptrdiff_t(count), i) ==
        places.begin() + std::ptrdiff_t(count))
      rest.push_back(words[i]);
  return rest;
}

bool asks(const std::vector<std::string>& words, std::string_view a, std::string_view b) {
  return std::any_of(words.begin(), words.end(),
                     [&](const auto& word) { return word == a || word == b; });
}

Error unknown_command(const std::vector<CommandSpec>& commands,
                      const std::vector<std::string>& names, bool is_group) {
  std::vector<std::string> candidates;
  for (const auto& command : commands) {
    const auto parts = split(command.name, ' ');
    if (!is_group)
      candidates.push_back(parts[0]);
    else if (parts[0] == names[0] && parts.size() > 1)
      candidates.push_back(parts[1]);
  }
  const auto& unknown = is_group ? names[1] : names[0];
  std::string text = "there is no command " + quote(is_group ? names[0] + " " + unknown : unknown);
  if (const auto near = closest_name(unknown, candidates))
    text += "; did you mean " + quote(is_group ? names[0] + " " + *near : *near) + "?";
  else
    text += "; --help lists all commands";
  return make_error(ErrorCode::Config, text);
}

}  // namespace

std::span<const OptionSpec> global_options() { return kGlobalOptions; }

Result<ParsedCommandLine> parse_arguments(const std::vector<CommandSpec>& commands,
                                          const std::vector<std::string>& words) {
  using Kind = ParsedCommandLine::Kind;
  const auto found = leading_names(words, 2);
  const auto& names = found.names;
  if (names.empty()) {
    if (asks(words, "--version", "-V"))
      return ParsedCommandLine{.kind = Kind::Version, .group = {}, .args = {}};
    if (words.empty() || asks(words, "--help", "-h"))
      return ParsedCommandLine{.kind = Kind::Help, .group = {}, .args = {}};
    return make_error(ErrorCode::Config, "a command is missing; --help lists all commands");
  }
  bool is_group = false;
  for (const auto& command : commands) {
    const auto parts = split(command.name, ' ');
    if (parts.size() == 1 && parts[0] == names[0])
      return CommandParser(command).parse(without(words, found.places, 1));
    if (parts[0] != names[0]) continue;
    is_group = true;
    if (names.size() > 1 && parts[1] == names[1])
      return CommandParser(command).parse(without(words, found.places, 2));
  }
  if (!is_group) return unknown_command(commands, names, false);
  if (names.size() > 1) return unknown_command(commands, names, true);
  if (asks(words, "--help", "-h"))
    return ParsedCommandLine{.kind = Kind::Help, .group = names[0], .args = {}};
  return make_error(ErrorCode::Config, "a command is missing after " + quote(names[0]) + "; " +
                                           quote(names[0] + " --help") + " lists them");
}

}  // namespace penstock

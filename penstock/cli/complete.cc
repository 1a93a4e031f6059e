#include "penstock/cli/complete.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "penstock/base/text.h"
#include "penstock/cli/parse_arguments.h"

namespace penstock {
namespace {

// The words before the one that is being typed, understood as far as they are known.
struct Before {
  const CommandSpec* command = nullptr;
  std::vector<std::string> names;       // while there is no command: words that may be one
  std::vector<std::string> positional;  // after the command
  std::set<std::string> given;          // long names of options
  std::map<std::string, std::string> values;
  const OptionSpec* waiting = nullptr;  // the last word is its value
  bool only_arguments = false;          // after --
};

class Completion {
 public:
  Completion(const std::vector<CommandSpec>& commands, const std::vector<std::string>& words,
             const CompletionNames& names)
      : commands_(commands), names_(names), last_(words.empty() ? "" : words.back()) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) take(words[i]);
  }

  std::vector<Candidate> candidates() {
    const auto equals = last_.find('=');
    if (before_.waiting != nullptr) {
      add_values(before_.waiting->value, before_.waiting->words, last_, "");
    } else if (last_.starts_with("--") && equals != last_.npos && !before_.only_arguments) {
      if (const auto* option = find_option(last_.substr(0, equals)))
        add_values(option->value, option->words, last_.substr(equals + 1),
                   last_.substr(0, equals + 1));
    } else if (last_.starts_with('-') && !before_.only_arguments) {
      add_options();
    } else if (before_.command == nullptr) {
      add_commands();
    } else if (const auto* argument = next_argument()) {
      add_values(argument->name, "", last_, "");
    }
    return std::move(found_);
  }

 private:
  void take(const std::string& word) {
    if (before_.waiting != nullptr) {
      before_.values[long_name(*before_.waiting)] = word;
      before_.waiting = nullptr;
    } else if (word == "--") {
      before_.only_arguments = true;
    } else if (word.starts_with('-') && !before_.only_arguments) {
      take_option(word);
    } else if (before_.command == nullptr) {
      before_.names.push_back(word);
      find_command();
    } else {
      before_.positional.push_back(word);
    }
  }

  void take_option(const std::string& word) {
    const auto equals = word.find('=');
    const auto* option = find_option(word.substr(0, equals));
    if (option == nullptr) return;
    before_.given.insert(long_name(*option));
    if (equals != word.npos)
      before_.values[long_name(*option)] = word.substr(equals + 1);
    else if (!option->value.empty())
      before_.waiting = option;
  }

  void find_command() {
    const auto name = join(before_.names, " ");
    for (const auto& command : commands_)
      if (command.name == name) before_.command = &command;
  }

  static std::string long_name(const OptionSpec& option) {
    return split(option.names, ',').back().substr(2);
  }

  std::vector<const OptionSpec*> options() const {
    std::vector<const OptionSpec*> all;
    if (before_.command != nullptr)
      for (const auto& option : before_.command->options) all.push_back(&option);
    for (const auto& option : global_options()) all.push_back(&option);
    return all;
  }

  const OptionSpec* find_option(const std::string& name) const {
    for (const auto* option : options())
      if (std::ranges::count(split(option->names, ','), name) > 0) return option;
    return nullptr;
  }

  const ArgumentSpec* next_argument() const {
    const auto& arguments = before_.command->arguments;
    const auto index = before_.positional.size();
    if (index < arguments.size()) return &arguments[index];
    return !arguments.empty() && arguments.back().repeated ? &arguments.back() : nullptr;
  }

  void add(std::string word, std::string_view about) {
    if (!word.starts_with(last_)) return;
    for (const auto& candidate : found_)
      if (candidate.word == word) return;
    found_.push_back({std::move(word), std::string(about)});
  }

  void add_options() {
    for (const auto* option : options()) {
      if (before_.given.contains(long_name(*option)) && !option->repeated) continue;
      for (const auto& name : split(option->names, ','))
        if (name.starts_with("--") || last_ == name) add(name, option->help);
    }
  }

  // The next word of a command's name: of those that help lists, or of one that was begun.
  void add_commands() {
    const auto& names = before_.names;
    for (const auto& command : commands_) {
      const auto parts = split(command.name, ' ');
      if (parts.size() <= names.size() || (!command.listed && last_.empty())) continue;
      if (!std::equal(names.begin(), names.end(), parts.begin())) continue;
      const bool is_whole = parts.size() == names.size() + 1;
      add(parts[names.size()], is_whole ? command.summary : std::string_view());
    }
  }

  void add_values(std::string_view kind, std::string_view words, const std::string& typed,
                  const std::string& prefix) {
    if (kind.find('|') != kind.npos) words = kind;
    for (const auto& word : split(words, '|'))
      if (!word.empty()) add(prefix + word, "");
    if (kind == "JOB") add_names(prefix, names_.jobs());
    if (kind == "RUN") add_names(prefix, names_.runs());
    if (kind == "STEP") add_names(prefix, steps());
    if (kind == "SELECTION") {
      const auto begin = typed.find_last_of(" ()+*,\"");
      add_names(prefix + typed.substr(0, begin == typed.npos ? 0 : begin + 1), steps());
    }
  }

  void add_names(const std::string& prefix, const std::vector<Candidate>& names) {
    for (const auto& name : names) add(prefix + name.word, name.about);
  }

  std::vector<Candidate> steps() const {
    std::string job, run;
    if (const auto at = before_.values.find("job"); at != before_.values.end()) job = at->second;
    for (std::size_t i = 0; before_.command != nullptr && i < before_.positional.size(); ++i) {
      if (i >= before_.command->arguments.size()) break;
      if (before_.command->arguments[i].name == "JOB") job = before_.positional[i];
      if (before_.command->arguments[i].name == "RUN") run = before_.positional[i];
    }
    return names_.steps(job, run);
  }

  const std::vector<CommandSpec>& commands_;
  const CompletionNames& names_;
  const std::string last_;
  Before before_;
  std::vector<Candidate> found_;
};

}  // namespace

std::vector<Candidate> complete(const std::vector<CommandSpec>& commands,
                                const std::vector<std::string>& words,
                                const CompletionNames& names) {
  return Completion(commands, words, names).candidates();
}

}  // namespace penstock

// What a command is: data that says how it is called, and a function. One file per command; the
// command line is parsed in parse_arguments.cc and nowhere else.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/json.h"
#include "penstock/cli/services.h"
#include "penstock/view/text_style.h"

namespace penstock {

struct LoadedSettings;

/// How the program ends. The numbers are part of the interface: see docs/formats/cli-json.md.
enum class ExitCode : int {
  Done = 0,
  Failed = 1,  ///< a run or a check failed
  Usage = 2,   ///< the command line, a config or the definitions are wrong
  NotFound = 3,
  Refused = 4,
  Interrupted = 130
};
/// The exit code that tells what kind of error it was.
ExitCode exit_code_of(const Error& error);

/// A JSON value as commands print it, with a line feed behind it. What a terminal would act on is
/// escaped in it, as JSON does.
std::string json_text(const Json& json);
/// A text as a word of a command line, in quotes where a shell would take it for something else.
std::string shell_word(std::string_view text);

/// A word of the command line that is told by its place.
struct ArgumentSpec {
  std::string_view name;  ///< as shown: `JOB`
  std::string_view help;
  bool required = true;
  bool repeated = false;  ///< takes all words that follow
};

/// An option of a command.
struct OptionSpec {
  std::string_view names;  ///< `--config`, or `-c,--config`
  std::string_view value;  ///< what follows, as shown: `FILE`; empty: a flag
  std::string_view help;
  bool repeated = false;  ///< may be given several times
  /// What the value may be, such as `any|infrastructure`, where `value` does not show it.
  std::string_view words = {};
};

/// What was given on the command line, without what belongs to all commands.
class ParsedArguments {
 public:
  /// Remember a value under the name of an argument (`JOB`) or the long name of an option
  /// (`config`).
  void add(std::string name, std::string value) {
    values_[std::move(name)].push_back(std::move(value));
  }
  /// Whether it was given.
  bool has(const std::string& name) const { return values_.contains(name); }
  /// The value given last, or the fallback.
  std::string value(const std::string& name, std::string fallback = {}) const;
  /// All values given, in order.
  std::vector<std::string> values(const std::string& name) const;
  /// The value as a whole number of at least `least`; nothing when it was not given, Config when it
  /// is no such number.
  Result<std::optional<std::int64_t>> number(const std::string& name, std::int64_t least) const;
  /// The value as a length of time; Config when it is none.
  Result<Micros> duration(const std::string& name) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

/// Options that every command takes.
struct GlobalOptions {
  std::filesystem::path home;
  std::string_view home_from;  ///< who named it: `--home`, `PENSTOCK_HOME`, `default`
  bool json = false;
  bool quiet = false;
  TextStyle style;
};

/// One call of a command: what was asked, and where the answer goes.
class CommandContext {
 public:
  CommandContext(const Services& outside, GlobalOptions options, ParsedArguments given)
      : services(outside), global(std::move(options)), args(std::move(given)) {}

  /// Print text to standard output.
  void print(std::string_view text) const;
  /// Print the one JSON value of this command.
  void print_json(const Json& json) const;
  /// Print a hint for people on standard output; not with --json or --quiet.
  void hint(std::string_view text) const;
  /// Print a warning on standard error.
  void warn(std::string_view text) const;
  /// Open the log of the home folder for reading.
  Result<std::unique_ptr<EventLog>> open_log() const {
    return services.open_log(global.home, false);
  }
  /// The settings of the home folder, read when they are first asked for; their warnings are then
  /// printed. Config: what is wrong with them.
  Result<std::shared_ptr<const LoadedSettings>> settings() const;
  /// The program as it is to be called again for the same home, in what this command suggests.
  std::string called() const;
  /// A point in time in the reader's zone, to the second.
  static std::string time_text(Time time);

  const Services& services;
  GlobalOptions global;
  ParsedArguments args;

 private:
  mutable std::shared_ptr<const LoadedSettings> settings_;
};

/// A command.
struct CommandSpec {
  std::string_view name;          ///< words as typed: `job run`
  std::string_view summary;       ///< one line for lists of commands
  std::string_view details = {};  ///< further sentences for its own help
  std::vector<ArgumentSpec> arguments = {};
  std::vector<OptionSpec> options = {};
  std::vector<std::string_view> examples = {};  ///< without the program's name
  Result<ExitCode> (*run)(CommandContext&) = nullptr;
  /// Further names, Dagster's: there `-j,--job` may give the argument JOB.
  std::vector<std::string_view> aliases = {};
  bool listed = true;  ///< in the list of all commands
};

}  // namespace penstock

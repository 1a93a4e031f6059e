// From argv to a command and its arguments.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "penstock/cli/command.h"

namespace penstock {

/// What a command line asks for.
struct ParsedCommandLine {
  enum class Kind : std::uint8_t { Run, Help, Version };
  Kind kind = Kind::Run;
  const CommandSpec* command = nullptr;  ///< with Help: null for the help of a group or of all
  std::string group;                     ///< with Help: `job`, or empty for all
  ParsedArguments args;                  ///< options of all commands included
};

/// Options that every command takes.
std::span<const OptionSpec> global_options();

/// Parse the words after the program's name. Config errors say what was not understood and what was
/// perhaps meant. The result points into `commands`.
Result<ParsedCommandLine> parse_arguments(const std::vector<CommandSpec>& commands,
                                          const std::vector<std::string>& words);

}  // namespace penstock

// The texts of --help.
#pragma once

#include <string>
#include <vector>

#include "penstock/cli/command.h"

namespace penstock {

/// How one command is called, with its options and examples.
std::string command_help(const CommandSpec& command, const std::string& program,
                         const TextStyle& style);
/// The commands of a group such as `job`; all of them when the group is empty.
std::string commands_help(const std::vector<CommandSpec>& commands, const std::string& group,
                          const std::string& program, const TextStyle& style);

}  // namespace penstock

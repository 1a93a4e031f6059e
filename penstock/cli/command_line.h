// The way in: from the words of the command line to the exit status.
#pragma once

#include <string>
#include <vector>

#include "penstock/cli/services.h"

namespace penstock {

/// Do what the words after the program's name ask for, and return the exit status. Everything is
/// reported; nothing is thrown by it but what a service throws.
int run_command_line(const Services& services, const std::vector<std::string>& words);

}  // namespace penstock

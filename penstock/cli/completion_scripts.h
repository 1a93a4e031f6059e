// The scripts that teach shells to complete the words of a program's command line.
#pragma once

#include <string>

namespace penstock {

/// A script to be read by the shell. `program` is the name by which it is called; each time a word
/// is completed, the script asks the program itself.
std::string bash_completion(const std::string& program);
std::string zsh_completion(const std::string& program);
std::string fish_completion(const std::string& program);

}  // namespace penstock

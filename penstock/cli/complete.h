// What a word of a command line may become: for the completion of shells.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "penstock/cli/command.h"

namespace penstock {

/// A word that may stand where one is being typed.
struct Candidate {
  std::string word;
  std::string about = {};  ///< one line for shells that show it; may be empty
};

/// Where names come from. A function is called when a word of its kind is being typed, and gives
/// all there are.
struct CompletionNames {
  std::function<std::vector<Candidate>()> jobs = [] { return std::vector<Candidate>{}; };
  std::function<std::vector<Candidate>()> runs = jobs;
  /// Steps of the job or run that the command line names, empty texts when it does not.
  std::function<std::vector<Candidate>(const std::string& job, const std::string& run)> steps =
      [](const std::string&, const std::string&) { return std::vector<Candidate>{}; };
};

/// The words that the last of `words`, which may be empty, may become: commands, options, values of
/// options and arguments. `words` are those after the program's name. In a selection of steps the
/// name that is being typed is completed. Nothing where nothing is known: a file may stand there.
std::vector<Candidate> complete(const std::vector<CommandSpec>& commands,
                                const std::vector<std::string>& words,
                                const CompletionNames& names);

}  // namespace penstock

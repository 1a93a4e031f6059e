// The config document of a launch: from --config files and --set assignments, checked as a whole.
#pragma once

#include <string>
#include <vector>

#include "penstock/cli/command.h"
#include "penstock/model/config_document.h"
#include "penstock/model/definitions.h"

namespace penstock {

/// A document and all that is wrong with it.
struct LaunchConfig {
  ConfigValue document = ConfigValue::map();  ///< as given, files merged and assignments applied
  ConfigValue resolved = {};                  ///< with defaults; of no use when there are problems
  ConfigPolicy policy = {};                   ///< as the settings say
  std::vector<ConfigProblem> problems;
  std::vector<ConfigProblem> of_texts;  ///< those among them that no check of the document finds
  std::vector<std::string> warnings;
};

/// The options --config and --set, for commands that take a launch document.
std::vector<OptionSpec> launch_config_options();
/// Read what the options give, over `base`, and check it against the job. Errors: a file cannot be
/// read, the settings are wrong.
Result<LaunchConfig> read_launch_config(const CommandContext& context,
                                        const Definitions& definitions, const JobDef& job,
                                        ConfigValue base = ConfigValue::map());

}  // namespace penstock

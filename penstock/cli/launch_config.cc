#include "penstock/cli/launch_config.h"

#include <algorithm>

#include "penstock/base/files.h"
#include "penstock/cli/settings.h"
#include "penstock/plan/resolve_config.h"

namespace penstock {
namespace {

void append(std::vector<ConfigProblem>& all, std::vector<ConfigProblem> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

bool is_syntax(const ConfigProblem& problem) { return problem.code == ConfigCode::Syntax; }

}  // namespace

std::vector<OptionSpec> launch_config_options() {
  return {{"-c,--config", "FILE", "YAML or JSON document that configures the job", true},
          {"--set", "PATH=VALUE", "set one value of the document, such as ops.load.config.limit=3",
           true}};
}

Result<LaunchConfig> read_launch_config(const CommandContext& context,
                                        const Definitions& definitions, const JobDef& job,
                                        ConfigValue base) {
  LaunchConfig launch;
  launch.document = std::move(base);
  const auto settings = PENSTOCK_TRY(context.settings());
  launch.policy = launch_policy(run_defaults(settings->values));
  const auto type = job_config_type(definitions, job);
  for (const auto& file : context.args.values("config")) {
    auto text = read_file(file);
    if (!text.ok()) return make_error(ErrorCode::Config, "--config: " + text.error().message);
    auto parsed = parse_config(*text, file);
    append(launch.problems, std::move(parsed.problems));
    launch.document = merge_config(std::move(launch.document), parsed.value, type.get());
  }
  for (const auto& assignment : context.args.values("set"))
    append(launch.problems, apply_set(launch.document, assignment));
  launch.of_texts = launch.problems;
  // A text that cannot be read has no content to check.
  if (std::any_of(launch.problems.begin(), launch.problems.end(), is_syntax)) return launch;

  const ConfigEnvironment environment(context.services.environment);
  auto outcome = check_launch(definitions, job, launch.document, ConfigValue::map(), launch.policy,
                              &environment);
  append(launch.problems, std::move(outcome.problems));
  sort_problems(launch.problems);
  launch.warnings = std::move(outcome.warnings);
  launch.resolved = std::move(outcome.value);
  return launch;
}

}  // namespace penstock
